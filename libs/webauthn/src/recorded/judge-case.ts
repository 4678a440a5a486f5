import type { Code } from '@countersign/kernel';
import { readAnchorSets, trustIn, type AnchorSets } from '../anchors/anchor-sets.js';
import { verifyAuthentication } from '../authentication/verify-authentication.js';
import { verifyRegistration } from '../registration/verify-registration.js';
import type {
  AuthenticationResponseJSON,
  AttestationPolicy,
  Expected,
  Refused,
  RegistrationResponseJSON,
} from '../types.js';
import { recordedCase, type RecordedCase } from './case-schema.js';

/** What became of one recorded case; `code` and `clause` are null where it is accepted. */
export interface RecordedVerdict {
  id: string | number | null;
  verdict: 'accept' | 'reject';
  code: Code | null;
  clause: string | null;
}

/** A verdict, and why the case itself could not be read, if it could not. */
export interface JudgedCase {
  verdict: RecordedVerdict;
  unreadable?: string;
}

type Outcome = { ok: true } | Refused;

let shipped: AnchorSets | undefined;
const shippedTrust = (names: readonly string[]): ReturnType<typeof trustIn> =>
  trustIn(names.length === 0 ? new Map() : (shipped ??= readAnchorSets()), names);

const expectedOf = ({ policy, userVerification, ...recorded }: RecordedCase): Expected => ({
  challenge: recorded.challenge,
  origins: recorded.origins,
  topOrigins: recorded.topOrigins,
  unnamedFrames: !policy.strict,
  rpId: recorded.rpId,
  userVerification: userVerification === 'required' ? 'required' : 'preferred',
  algorithms: recorded.algorithms,
});

function attestationOf({ policy, anchors }: RecordedCase): AttestationPolicy {
  const { accept, untrusted, strict, sha1Statements = !strict, compound, anchorSets } = policy;
  const named = shippedTrust(anchorSets);
  return {
    accept,
    ...named,
    anchors: [...anchors, ...named.anchors],
    untrusted,
    strict,
    sha1Statements,
    ...(compound === undefined ? {} : { compound }),
  };
}

const judgeRegistration = (recorded: RecordedCase): Outcome =>
  verifyRegistration({
    ...expectedOf(recorded),
    response: recorded.response as unknown as RegistrationResponseJSON,
    attestation: attestationOf(recorded),
    now: recorded.now ?? new Date(),
  });

function judgeAuthentication(recorded: RecordedCase, credential: NonNullable<RecordedCase['credential']>): Outcome {
  const result = verifyAuthentication({
    ...expectedOf(recorded),
    response: recorded.response as unknown as AuthenticationResponseJSON,
    credential,
    allowCredentials: recorded.allowCredentials,
  });
  if (!result.ok || result.counterVerdict !== 'replayed' || recorded.policy.counter === 'accept') return result;
  return { ok: false, code: 'counter_replayed', clause: 'WebAuthn L3 §7.2 step 22', facts: {} };
}

const judge = (recorded: RecordedCase): Outcome =>
  recorded.kind === 'authentication' && recorded.credential
    ? judgeAuthentication(recorded, recorded.credential)
    : judgeRegistration(recorded);

/** The id of what could not be read, if it has one. */
function idOf(value: unknown): string | number | null {
  const id: unknown = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
  return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : null;
}

/** The verdict on what is no case at all. */
export const unreadableCase = (reason: string, value?: unknown): JudgedCase => ({
  verdict: { id: idOf(value), verdict: 'reject', code: 'recorded_case_malformed', clause: 'verify-recorded' },
  unreadable: reason,
});

/**
 * Judges a recorded ceremony (docs/integrators/verify-recorded.md): time, anchors, challenge, origins and RP id come with
 * it, nothing is stored and nothing is asked elsewhere. Never throws, whatever it is given.
 * @param value one case, parsed from JSON
 */
export function judgeRecordedCase(value: unknown): JudgedCase {
  const parsed = recordedCase.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return unreadableCase(
      `${issue?.path.map(String).join('.') || 'the case'}: ${issue?.message ?? 'malformed'}`,
      value,
    );
  }
  const { id } = parsed.data;
  const outcome = judge(parsed.data);
  if (outcome.ok) return { verdict: { id, verdict: 'accept', code: null, clause: null } };
  return { verdict: { id, verdict: 'reject', code: outcome.code, clause: outcome.clause } };
}
