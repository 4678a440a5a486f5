import type { common, enrollment } from '@countersign/contracts';
import { isRefusal } from '@countersign/kernel';
import type { RpcClient } from '@countersign/platform';
import type { Cause, Credential, Credentials, Holder, Named, OwnKeys } from '../ports.js';

type By = NonNullable<enrollment.GetCredentialsRequest['by']>;
type Client = RpcClient<Pick<typeof enrollment.EnrollmentServiceService, 'getCredentials' | 'recordUse' | 'suspend'>>;

/** People and their credentials, as enrollment knows them. */
export class EnrollmentClient implements Credentials {
  constructor(private readonly client: Client) {}

  async byUserName(tenant: string, userName: string, cause: Cause): Promise<Named> {
    return namedIn(await this.get(tenant, { $case: 'userName', value: userName }, cause));
  }

  async bySubject(tenant: string, subject: string, cause: Cause): Promise<OwnKeys> {
    const { allowed, credentials } = await this.get(tenant, { $case: 'subject', value: subject }, cause);
    return { allowed, held: credentials.map(credentialOf) };
  }

  async byCredentialId(tenant: string, id: string, cause: Cause): Promise<{ holder?: Holder; forgettable: boolean }> {
    const found = await this.get(tenant, { $case: 'credentialId', value: id }, cause);
    return { holder: holderIn(found), forgettable: found.forgettable };
  }

  async recordUse(
    tenant: string,
    id: string,
    use: { counter: number; backupState: boolean },
    cause: Cause,
  ): Promise<'advanced' | 'not advanced'> {
    const { advanced } = await this.client.recordUse({ tenant, id, ...use }, cause);
    return advanced ? 'advanced' : 'not advanced';
  }

  async suspend(
    tenant: string,
    id: string,
    { stored, sent }: { stored: number; sent: number },
    cause: Cause,
  ): Promise<void> {
    const request = { tenant, id, reason: 'counter_replayed', storedCounter: stored, sentCounter: sent };
    try {
      await this.client.suspend(request, cause);
    } catch (error) {
      // Revoked in the meantime: it is out of use already, and this attempt is refused all the same.
      if (!isRefusal(error) || !['conflict', 'not_found'].includes(error.kind)) throw error;
    }
  }

  private get(tenant: string, by: By, cause: Cause): Promise<enrollment.GetCredentialsResponse> {
    return this.client.getCredentials({ tenant, by }, cause);
  }
}

const namedIn = ({ subject, allowed }: enrollment.GetCredentialsResponse): Named => ({ subject, allowed });

const holderIn = (found: enrollment.GetCredentialsResponse): Holder | undefined =>
  found.subject === ''
    ? undefined
    : {
        subject: found.subject,
        pseudonym: found.pseudonym,
        userHandle: found.userHandle,
        credentials: found.credentials.map(credentialOf),
        shown: { userName: found.userName, displayName: found.displayName },
        keys: { wrappedDataKey: found.wrappedDataKey, wrappedTenantKey: found.wrappedTenantKey },
      };

const credentialOf = (found: common.Credential): Credential => ({
  id: found.id,
  credentialId: found.credentialId,
  publicKey: found.publicKey,
  counter: found.counter,
  backupEligible: found.backupEligible,
  backupState: found.backupState,
  userVerified: found.userVerified,
  attestationTrust: found.attestationTrust,
  transports: found.transports,
  algorithm: found.algorithm,
  aaguid: found.aaguid,
  keyProtection: found.keyProtection,
  state: found.state,
});
