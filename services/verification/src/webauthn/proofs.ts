import { refuse } from '@countersign/kernel';
import {
  challengeOf,
  requestOptions,
  verifyAuthentication,
  type AuthenticationResponseJSON,
  type StoredCredential,
} from '@countersign/webauthn';
import type { Expectation, Presented, Proofs, Proven } from '../ports.js';
import { nobodysKey } from './nobodys-key.js';

/** Characters; browsers add extension outputs, and the HTTP surface takes 64 KiB in all. */
const MAX_CREDENTIAL = 48 * 1024;

/** How a person may be reached: this device first, then a phone nearby. Security keys stay possible (WebAuthn L3 §5.8.7). */
const HINTS: ('client-device' | 'hybrid')[] = ['client-device', 'hybrid'];

/** Assertions by libs/webauthn. */
export class WebAuthnProofs implements Proofs {
  private readonly decoyKey = nobodysKey();

  read(credential: string): Presented {
    if (credential.length > MAX_CREDENTIAL) throw refuse('credential_malformed', {}, 'size');
    const response = parse(credential);
    const challenge = challengeOf(response);
    if (challenge === undefined) throw refuse('credential_malformed');
    return { credentialId: (response as AuthenticationResponseJSON).id, challenge, response };
  }

  judge({ response, credentialId }: Presented, expected: Expectation): ReturnType<Proofs['judge']> {
    const presented = response as AuthenticationResponseJSON;
    const { credential: known, userHandle, ...rest } = expected;
    const credential = known
      ? { ...known, id: known.credentialId, userHandle }
      : this.decoy(credentialId, presented.response);
    const result = verifyAuthentication({ ...rest, response: presented, credential, topOrigins: [] });
    return result satisfies Proven | { ok: false };
  }

  options({ rpId, challenge, allowed, userVerification }: Parameters<Proofs['options']>[0]): string {
    const allowCredentials = allowed.map(({ credentialId: id, transports }) => ({ id, transports }));
    return JSON.stringify(requestOptions({ rpId, challenge, allowCredentials, userVerification, hints: HINTS }));
  }

  /** Agrees with whatever was claimed, so that judging it goes as far as the signature, and no further. */
  private decoy(
    id: string,
    { authenticatorData, userHandle }: AuthenticationResponseJSON['response'],
  ): StoredCredential {
    const handle = typeof userHandle === 'string' ? userHandle : undefined;
    const backupEligible = claimsBackup(authenticatorData);
    return { id, publicKey: this.decoyKey, counter: 0, backupEligible, backupState: false, userHandle: handle };
  }
}

/** The response as an object of unknown shape; `challengeOf` looks at the shape. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse('credential_malformed');
  }
}

const BE = 0x08;
const FLAGS_AT = 32;

const claimsBackup = (authenticatorData: unknown): boolean =>
  typeof authenticatorData === 'string' && ((Buffer.from(authenticatorData, 'base64url')[FLAGS_AT] ?? 0) & BE) === BE;
