import { runChecks, type AssuranceNeeds, type ErrorDetails, type Verdict } from '@countersign/kernel';
import type { Credential, Holder, Ports, Presented, Proven, UserVerification } from '../ports.js';
import type { Shown } from './attempt.js';
import { traitsShown } from './assurance.js';
import type { Case } from './case.js';
import type { CheckLists } from './checks/index.js';

interface Answer {
  presented: Presented;
  holder?: Holder;
  credential?: Credential;
  needs: AssuranceNeeds;
}

/** What the ceremony asked of the authenticator when it was begun. */
export interface Asked {
  /** Credentials were named in the options. */
  named: boolean;
  userVerification: UserVerification;
}

export type Proof = Proven & Shown & { holder: Holder; credential: Credential };

/**
 * Judges the proof: who may answer, the standard's list, whether the key may be used. Pure but for the record of a refusal.
 * The signature is checked in any case, against a key nobody has where the credential is unknown, so that time tells nothing (R14).
 *
 * @throws what `Case.must` throws; `credential_unknown` may tell the browser to forget the passkey, and who holds a key that is
 *   not good enough is told what it lacks
 */
export async function prove<Attempt extends Answer>(
  ports: Ports,
  open: Case,
  attempt: Attempt,
  checks: CheckLists<Attempt>,
  asked: Asked,
  mayForget: boolean,
): Promise<Proof> {
  const { holder, credential, presented } = attempt;
  const judged = ports.proofs.judge(presented, expectation(open, attempt, asked));
  open.concerns(holder, credential);
  const forget = mayForget && !credential ? unknownCredential(open, presented) : {};
  await open.must(runChecks(checks.before, attempt), forget);
  const proven = await open.must(judged);
  open.isSigned();
  const shown = traitsShown(credential!, proven);
  const allowed = runChecks(checks.after, { ...attempt, shown });
  await open.must(allowed, lackingIn(allowed));
  return { ...proven, shown, userVerified: shown.userVerified, holder: holder!, credential: credential! };
}

const lackingIn = (verdict: Verdict): ErrorDetails =>
  verdict.ok || verdict.code !== 'assurance_insufficient'
    ? {}
    : { requirements: String(verdict.facts['requirements']).split(' ') };

/** `signalUnknownCredential` (WebAuthn L3 §5.1.10.1): only what the client itself presented. */
const unknownCredential = ({ application: { rpId } }: Case, { credentialId }: Presented): ErrorDetails => ({
  signals: { unknownCredential: { rpId, credentialId } },
});

function expectation(
  { application }: Case,
  { presented, holder, credential, needs }: Answer,
  { named, userVerification }: Asked,
) {
  const { origins, rpId } = application;
  const askedFor = holder?.credentials.map(({ credentialId }) => credentialId) ?? [presented.credentialId];
  return {
    challenge: presented.challenge,
    origins,
    rpId,
    userVerification,
    algorithms: needs.algorithms,
    allowCredentials: named ? askedFor : [],
    credential,
    userHandle: holder?.userHandle,
  };
}
