import { verification, type common, type session } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import type { RpcClient } from '@countersign/platform';
import type { DetailSealer } from '../events/detail-sealer.js';
import type { Application, Authentication, BoundAction, Cause, Established, KeyProof, Sessions } from '../ports.js';

type Client = RpcClient<Pick<typeof session.SessionServiceService, 'checkProof' | 'establish' | 'elevate' | 'grant'>>;

/** The one call whose route a sign-in's proof is for. */
const SIGN_IN = verification.VerificationServiceService.completeAuthentication.path;

/** Sessions and grants, minted by session on this service's word. */
export class SessionClient implements Sessions {
  constructor(
    private readonly client: Client,
    private readonly sealer: DetailSealer,
  ) {}

  checkProof(
    { tenant, clientId }: Pick<Application, 'tenant' | 'clientId'>,
    proof: KeyProof | undefined,
    cause: Cause,
  ): Promise<{ jkt: string; dpopNonce: string }> {
    return this.client.checkProof({ tenant, clientId, method: SIGN_IN, proof }, cause);
  }

  async establish(authentication: Authentication, cause: Cause): Promise<Established> {
    const { amr, risk, origin, holder, jkt = '' } = authentication;
    const details = await this.details(authentication);
    const platform = origin.platform;
    const more = { pseudonym: holder.pseudonym, clientId: authentication.clientId, amr, risk, platform, details, jkt };
    return this.client.establish({ ...proven(authentication), ...more }, cause);
  }

  elevate(
    id: string,
    authentication: Authentication,
    cause: Cause,
  ): Promise<{ accessToken: string; expiresIn: number; tokenType: string }> {
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
