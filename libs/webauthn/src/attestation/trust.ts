import type { AttestationPolicy, AttestationTrust } from '../types.js';
import type { Refused } from '../malformed.js';
import { leadsToAnchor } from './path.js';
import type { Evidence } from './statement.js';

export interface Judged {
  ok: true;
  trust: AttestationTrust;
}

const CLAUSE = 'WebAuthn L3 §7.1 step 24';
const LEVELS: readonly AttestationTrust[] = ['none', 'self', 'anchored'];

/** Certificates that lead nowhere show no more than no certificates at all: anybody could have left them out. */
function levelOf(evidence: Evidence, { anchors }: AttestationPolicy, now: Date): AttestationTrust {
  if (evidence.kind !== 'certified') return evidence.kind;
  return leadsToAnchor(evidence.chain, anchors, now) ? 'anchored' : 'none';
}

/** Whether policy is content with what the statement showed; a better level than asked for is accepted. */
export function judgeTrust(evidence: Evidence, policy: AttestationPolicy, now: Date): Judged | Refused {
  const trust = levelOf(evidence, policy, now);
  if (policy.accept.some((level) => LEVELS.indexOf(level) <= LEVELS.indexOf(trust))) return { ok: true, trust };
  const code = evidence.kind === 'certified' ? 'attestation_untrusted' : 'attestation_not_accepted';
  return { ok: false, code, clause: CLAUSE, facts: { trust } };
}
