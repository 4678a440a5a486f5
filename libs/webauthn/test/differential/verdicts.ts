import { SettingsService, verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import {
  verifyAuthentication,
  verifyRegistration,
  type AuthenticationInput,
  type RegistrationInput,
} from '../../src/index.js';
import { root, type MutatedCeremony } from './ceremonies.js';

/** A verdict of either side; `why` is our code and rule, or their message. */
export interface Verdict {
  ok: boolean;
  why: string;
  /** Ours only: an accepted assertion whose counter did not move. */
  replayed?: boolean;
}

const FORMATS = ['packed', 'tpm', 'android-key', 'apple', 'fido-u2f'] as const;

/** Gives SimpleWebAuthn the anchor that our side is given with each case. */
export function trustRoot(): void {
  for (const identifier of FORMATS)
    SettingsService.setRootCertificates({ identifier, certificates: [root.certificate] });
}

/** What of the facts of a refusal tells one rule from another. */
const ruleOf = (facts: Record<string, unknown>): string =>
  ['rule', 'reason', 'field', 'framing', 'handle']
    .flatMap((name) => (name in facts ? [String(facts[name])] : []))
    .join();

export function ourVerdict(ceremony: MutatedCeremony): Verdict {
  const result =
    ceremony.kind === 'registration' ? verifyRegistration(ceremony.input) : verifyAuthentication(ceremony.input);
  if (!result.ok) return { ok: false, why: `${result.code}: ${ruleOf(result.facts)}` };
  return { ok: true, why: '', replayed: 'counterVerdict' in result && result.counterVerdict === 'replayed' };
}

const expectations = ({
  challenge,
  origins,
  rpId,
  topOrigins,
  userVerification,
}: RegistrationInput | AuthenticationInput) => ({
  expectedChallenge: challenge,
  expectedOrigin: [...origins],
  expectedRPID: rpId,
  expectedTopOrigin: [...topOrigins],
  requireUserVerification: userVerification === 'required',
});

const asked = ({ kind, input }: MutatedCeremony): Promise<{ verified: boolean }> => {
  if (kind === 'registration')
    return verifyRegistrationResponse({
      ...expectations(input),
      response: input.response,
      supportedAlgorithmIDs: [...input.algorithms],
    });
  const { id, publicKey, counter } = input.credential;
  return verifyAuthenticationResponse({
    ...expectations(input),
    response: input.response,
    credential: { id, publicKey: new Uint8Array(publicKey), counter },
  });
};

/** A message with those of its causes, which are where it says what was wrong with a chain. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? [error.message, ...(error.cause ? [messageOf(error.cause)] : [])].join(': ') : String(error);

/** SimpleWebAuthn's, with every exception a refusal. */
export const theirVerdict = (ceremony: MutatedCeremony): Promise<Verdict> =>
  asked(ceremony).then(
    ({ verified }) => ({ ok: verified, why: verified ? '' : 'signature does not verify' }),
    (error: unknown) => ({ ok: false, why: messageOf(error) }),
  );
