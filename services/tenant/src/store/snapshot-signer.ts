import { refuse, unixSeconds, type Clock, systemClock } from '@countersign/kernel';
import { TokenSigner, type KeyStore } from '@countersign/keys';
import { MAX_SNAPSHOT_BYTES, SNAPSHOT_TOKEN, type TenantSnapshot } from '@countersign/policy';

/** Name of the key that signs configuration. */
export const SNAPSHOT_KEY = 'snapshot';
const TEN_YEARS = 10 * 365 * 86_400;

/** Signs configuration snapshots (R32). They live long: a service may have to start from one while this service is down. */
export class SnapshotSigner {
  private readonly signer: TokenSigner;

  constructor(
    keys: KeyStore,
    private readonly clock: Clock = systemClock,
  ) {
    // Changes are rare, so the active key is asked for each time: a rotation takes effect at once.
    this.signer = new TokenSigner(keys, SNAPSHOT_KEY, { refresh: 0, clock });
  }

  /** Id of the active key. */
  keyId = (): Promise<string> => this.signer.kid();

  /** @throws `tenant_too_large` when services could not read it */
  async sign(snapshot: TenantSnapshot): Promise<{ keyId: string; jws: string }> {
    const iat = unixSeconds(this.clock.now());
    const { typ, issuer: iss, audience: aud } = SNAPSHOT_TOKEN;
    const jws = await this.signer.sign(typ, { iss, aud, iat, exp: iat + TEN_YEARS, snapshot });
    if (jws.length > MAX_SNAPSHOT_BYTES) throw refuse('tenant_too_large');
    return { keyId: keyIdIn(jws), jws };
  }
}

/** The key that really signed: it may have changed since it was asked for. */
function keyIdIn(jws: string): string {
  const header = JSON.parse(Buffer.from(jws.slice(0, jws.indexOf('.')), 'base64url').toString('utf8')) as {
    kid: string;
  };
  return header.kid;
}
