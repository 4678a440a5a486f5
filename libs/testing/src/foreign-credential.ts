import { randomBytes } from 'node:crypto';
import { toBase64Url } from '@countersign/kernel';
import { SoftAuthenticator } from './authenticator/index.js';

/** A line of `countersign passkeys import`. */
export interface ForeignLine {
  reference: string;
  displayName?: string;
  credentialId: string;
  /** COSE_Key. */
  publicKey: string;
  counter: number;
  backupEligible: boolean;
  backupState: boolean;
  transports: string[];
  aaguid: string;
  createdAt: string;
  userHandle?: string;
  /** `true` unless told otherwise. */
  uvInitialized?: boolean;
}

export interface ForeignCredential {
  /** Holds the passkey and signs in with it. */
  authenticator: SoftAuthenticator;
  line: ForeignLine;
}

/** Beginning of attested credential data in authenticator data (WebAuthn L3 §6.5.1), and of the id in it. */
const [ATTESTED, ID] = [37, 55];
const NO_MODEL = '00000000-0000-0000-0000-000000000000';

/**
 * A passkey that another server registered for the same RP id, as that server would export it.
 *
 * @param line `reference`, and what is to be otherwise than usual
 */
export function foreignCredential(
  line: Partial<ForeignLine> & { reference: string },
  { rpId = 'localhost', origin = 'http://localhost:8401' } = {},
): ForeignCredential {
  const authenticator = new SoftAuthenticator({ counter: 'increment' });
  const userHandle = line.userHandle ?? randomBytes(16).toString('base64url');
  const { id, response } = authenticator.register(
    {
      challenge: 'AAAA',
      rp: { id: rpId, name: 'elsewhere' },
      user: { id: userHandle, name: line.reference, displayName: line.reference },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    },
    { origin },
  );
  const authData = Buffer.from(response.authenticatorData!, 'base64url');
  const publicKey = toBase64Url(authData.subarray(ID + authData.readUInt16BE(ATTESTED + 16)));
  const key = { credentialId: id, publicKey, counter: authData.readUInt32BE(ATTESTED - 4) };
  const facts = {
    uvInitialized: true,
    backupEligible: false,
    backupState: false,
    transports: ['internal'],
    aaguid: NO_MODEL,
  };
  return { authenticator, line: { ...key, ...facts, createdAt: '2024-02-29T12:00:00Z', userHandle, ...line } };
}
