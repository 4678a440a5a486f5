import { toBase64Url, utf8 } from '@countersign/kernel';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { CborValue } from './cbor.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** Callbacks that spoil a ceremony at one place; everything computed after that place is computed over the spoilt value. */
export interface AlterCeremony {
  /** Before serialisation; the members returned are written in their order. */
  clientData?: (data: Record<string, unknown>) => Record<string, unknown>;
  /** The bytes that are hashed and sent. */
  clientDataJSON?: (bytes: Bytes) => Bytes;
  /** The flags octet, see `FLAGS`. */
  flags?: (flags: number) => number;
  /** Used as it is, the authenticator's own counter does not move. */
  counter?: number;
  /** Before it is signed. */
  authData?: (bytes: Bytes) => Bytes;
  signature?: (bytes: Bytes) => Bytes;
}

export interface AlterRegistration extends AlterCeremony {
  /** The COSE_Key inside the authenticator data. */
  coseKey?: (bytes: Bytes) => Bytes;
  attestationStatement?: (statement: Map<string, CborValue>) => Map<string, CborValue>;
  /** The statements of `compound`, each a map of `fmt` and `attStmt`. */
  statements?: (statements: CborValue[]) => CborValue[];
  attestationObject?: (bytes: Bytes) => Bytes;
  response?: (response: RegistrationResponseJSON) => RegistrationResponseJSON;
}

export interface AlterAssertion extends AlterCeremony {
  response?: (response: AuthenticationResponseJSON) => AuthenticationResponseJSON;
}

/** Where the page runs that calls the authenticator. */
export interface Ceremony<Alter extends AlterCeremony> {
  /** e.g. `https://bank.example` or `http://localhost:3000` */
  origin: string;
  crossOrigin?: boolean;
  /** The outermost page's origin, when the page is framed. */
  topOrigin?: string;
  alter?: Alter;
}

/** CollectedClientData as Chromium writes it (WebAuthn L3 §5.8.1). */
export function clientDataJson(
  type: string,
  challenge: string,
  { origin, crossOrigin = false, topOrigin, alter }: Ceremony<AlterCeremony>,
): Bytes {
  const data = { type, challenge, origin, crossOrigin, ...(topOrigin === undefined ? {} : { topOrigin }) };
  const bytes = utf8(JSON.stringify(alter?.clientData?.(data) ?? data));
  return alter?.clientDataJSON?.(bytes) ?? bytes;
}

/** The members that both kinds of credential share in their `toJSON()` form. */
export const credentialEnvelope = (credentialId: Bytes) => {
  const id = toBase64Url(credentialId);
  return { id, rawId: id, type: 'public-key' as const, authenticatorAttachment: 'platform' as const };
};
