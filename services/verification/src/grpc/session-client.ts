import type { common, session } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import type { RpcClient } from '@countersign/platform';
import type { DetailSealer } from '../events/detail-sealer.js';
import type { Authentication, BoundAction, Cause, Established, Sessions } from '../ports.js';

type Client = RpcClient<Pick<typeof session.SessionServiceService, 'establish' | 'elevate' | 'grant'>>;

/** Sessions and grants, minted by session on this service's word. */
export class SessionClient implements Sessions {
  constructor(
    private readonly client: Client,
    private readonly sealer: DetailSealer,
  ) {}

  async establish(authentication: Authentication, cause: Cause): Promise<Established> {
    const { amr, risk, origin, holder } = authentication;
    const details = await this.details(authentication);
    const platform = origin.platform;
    const more = { pseudonym: holder.pseudonym, clientId: authentication.clientId, amr, risk, platform, details };
    return this.client.establish({ ...proven(authentication), ...more }, cause);
  }

  elevate(
    id: string,
    authentication: Authentication,
    cause: Cause,
  ): Promise<{ accessToken: string; expiresIn: number }> {
    return this.client.elevate({ ...proven(authentication), session: id, amr: authentication.amr }, cause);
  }

  grant(
    id: string,
    { name: actionName, hash: actionHash }: BoundAction,
    authentication: Authentication,
    cause: Cause,
  ): Promise<{ grant: string; expiresIn: number }> {
    const { holder, clientId } = authentication;
    const bound = { session: id, pseudonym: holder.pseudonym, clientId, actionName, actionHash };
    return this.client.grant({ ...proven(authentication), ...bound }, cause);
  }

  /** Sealed for the event that session will write, whose id is therefore chosen here. */
  private async details({ tenant, holder, origin }: Authentication): Promise<common.SealedDetails | undefined> {
    const event = uuidv7();
    const sealed = await this.sealer.seal(tenant, holder, event, origin);
    return sealed && { ...sealed, event, sealed: Buffer.from(sealed.sealed) };
  }
}

const proven = ({ tenant, holder, credential, acr, authTime, policyVersion, startedAt }: Authentication) => ({
  tenant,
  subject: holder.subject,
  credential,
  acr,
  authTime: BigInt(authTime),
  policyVersion,
  ceremonyStartedAt: BigInt(startedAt),
});
