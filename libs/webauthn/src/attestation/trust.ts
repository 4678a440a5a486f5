import type { AttestationPolicy, AttestationTrust, KeyProtection, TrustPath } from '../types.js';
import type { Refused } from '../malformed.js';
import { serialText } from './android-key-revocation.js';
import { keyName, type PresentedCertificate } from './certificate.js';
import { anchorOf } from './path.js';
import type { Evidence, SingleEvidence } from './statement.js';

export interface Judged {
  ok: true;
  trust: AttestationTrust;
  /** Only where `trust` is `anchored`. */
  modelCertified?: true;
  /** What that rests on; likewise. */
  trustPaths?: TrustPath[];
  /** From a chain that an anchor vouches for; absent when none says. */
  keyProtection?: readonly KeyProtection[];
  /** Hex, likewise. */
  serialNumber?: string;
}

const CLAUSE = 'WebAuthn L3 §7.1 step 24';
const LEVELS: readonly AttestationTrust[] = ['none', 'self', 'anchored'];
const rank = (level: AttestationTrust): number => LEVELS.indexOf(level);

const partsOf = (evidence: Evidence): SingleEvidence[] => (evidence.kind === 'compound' ? evidence.parts : [evidence]);

/** All anchors that may vouch for a statement of this format; DER. */
export const anchorsFor = (
  {
    anchors,
    anchorsByFormat,
    modelAnchors = [],
  }: Pick<AttestationPolicy, 'anchors' | 'anchorsByFormat' | 'modelAnchors'>,
  format: string,
): Uint8Array[] => [...anchors, ...(anchorsByFormat?.get(format) ?? []), ...modelAnchors];

const traceOf = ({ x509, publicKey }: PresentedCertificate): TrustPath['certificates'][number] => ({
  serial: serialText(x509.serialNumber),
  key: keyName(publicKey),
});

/** What a statement's trust rests on; undefined where its certificates lead to no anchor, or it has none. */
function pathOf(evidence: SingleEvidence, policy: AttestationPolicy, now: Date): TrustPath | undefined {
  if (evidence.kind !== 'certified') return undefined;
  const { chain, fmt: format = '', validity } = evidence;
  const anchor = anchorOf(chain, anchorsFor(policy, format), now, validity);
  return anchor === undefined ? undefined : { format, anchor, certificates: chain.map(traceOf) };
}

/** Certificates that lead nowhere show no more than no certificates at all: anybody could have left them out. */
const levelOf = ({ kind }: SingleEvidence, path: TrustPath | undefined): AttestationTrust =>
  kind !== 'certified' ? kind : path ? 'anchored' : 'none';

/** Whether a trusted chain says which model this is: by itself, or by leading to an anchor of that very model. */
const certifiesModel = (part: SingleEvidence, { modelAnchors = [] }: AttestationPolicy, now: Date): boolean =>
  part.kind === 'certified' &&
  (part.certifiesModel === true || anchorOf(part.chain, modelAnchors, now, part.validity) !== undefined);

/** The level that as many statements as are required reach: of all, the weakest; of one, the best. */
function commonLevel(levels: readonly AttestationTrust[], required: number): AttestationTrust {
  const strongestFirst = [...levels].sort((a, b) => rank(b) - rank(a));
  return strongestFirst[required - 1] ?? 'none';
}

/** What chains that lead to an anchor say of key and device; of several the first that says so. */
function vouchedFor(
  parts: readonly SingleEvidence[],
  levels: readonly AttestationTrust[],
): Pick<Judged, 'keyProtection' | 'serialNumber'> {
  const anchored = parts.filter((_part, index) => levels[index] === 'anchored');
  const certified = anchored.flatMap((part) => (part.kind === 'certified' ? [part] : []));
  const keyProtection = certified.find((part) => part.keyProtection)?.keyProtection;
  const serialNumber = certified.find((part) => part.serialNumber)?.serialNumber;
  return { ...(keyProtection ? { keyProtection } : {}), ...(serialNumber ? { serialNumber } : {}) };
}

/** Whether policy is content with what the statement showed; a better level than asked for is accepted. */
export function judgeTrust(evidence: Evidence, policy: AttestationPolicy, now: Date): Judged | Refused {
  const parts = partsOf(evidence);
  const paths = parts.map((part) => pathOf(part, policy, now));
  const levels = parts.map((part, index) => levelOf(part, paths[index]));
  const trust = commonLevel(levels, evidence.kind === 'compound' ? evidence.required : 1);
  const strays = parts.some(({ kind }, index) => kind === 'certified' && levels[index] === 'none');
  const accepted = policy.accept.some((level) => rank(level) <= rank(trust));
  if (accepted && !(strays && policy.untrusted === 'refuse')) {
    const anchored = parts.filter((_part, index) => trust === 'anchored' && levels[index] === 'anchored');
    const isCertified = anchored.some((part) => certifiesModel(part, policy, now));
    return {
      ok: true,
      trust,
      ...(isCertified ? { modelCertified: true } : {}),
      ...(trust === 'anchored' ? { trustPaths: paths.filter((path) => path !== undefined) } : {}),
      ...vouchedFor(parts, levels),
    };
  }
  const certified = parts.some(({ kind }) => kind === 'certified');
  const code = certified ? 'attestation_untrusted' : 'attestation_not_accepted';
  return { ok: false, code, clause: CLAUSE, facts: { trust } };
}
