import { unixSeconds, type Clock } from '@countersign/kernel';
import { TokenSigner, type SigningKeys } from '@countersign/keys';
import { CALLER_TOKEN, type CallerClaims } from '@countersign/platform';
import { CALLER_KEY } from '../domain/key-names.js';

/** Class, issuer and life of grants (design: a grant is a JWT that session signs on verification's word). */
export const GRANT = { typ: 'countersign-grant+jwt', issuer: 'countersign-session', lifetime: 60 } as const;

/** What a grant says beside `iss`, `aud`, `iat` and `exp`. */
export interface GrantClaims {
  sub: string;
  /** Pseudonym of the subject, for the events of whoever spends it. */
  psn: string;
  sid: string;
  cid: string;
  /** Credential record that proved the consent. */
  cred: string;
  act: string;
  /** base64url SHA-256 of the canonical action. */
  ach: string;
  acr: string;
  auth_time: number;
  jti: string;
}

/** Signs what only this service may say: who is calling, and what a person agreed to. */
export class CallerTokens {
  private readonly signer: TokenSigner;

  constructor(
    keys: SigningKeys,
    private readonly clock: Clock,
  ) {
    this.signer = new TokenSigner(keys, CALLER_KEY, { clock });
  }

  /** @param method full path of the one method it is for */
  caller(method: string, claims: CallerClaims): Promise<string> {
    const iat = unixSeconds(this.clock.now());
    const times = { iat, exp: iat + CALLER_TOKEN.lifetime };
    return this.signer.sign(CALLER_TOKEN.typ, { iss: CALLER_TOKEN.issuer, aud: method, ...claims, ...times });
  }

  grant(tenant: string, claims: GrantClaims): Promise<string> {
    const iat = unixSeconds(this.clock.now());
    const times = { iat, exp: iat + GRANT.lifetime };
    return this.signer.sign(GRANT.typ, { iss: GRANT.issuer, aud: `countersign:${tenant}`, ...claims, ...times });
  }
}
