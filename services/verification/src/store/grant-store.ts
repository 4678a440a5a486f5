import type { ServiceBase } from '@countersign/service-base';
import type { Cause, Grants } from '../ports.js';

type Spending = Parameters<Grants['spend']>[0];
type Outcome = Awaited<ReturnType<Grants['spend']>>;

const REDEEM = { name: 'redeem_grant', text: 'select redeem_grant($1, $2, $3, $4, $5) as outcome' };
const MAINTAIN = { name: 'spent_grant_maintain', text: 'select spent_grant_maintain()' };

/** Redeemed grants and their events: one round trip, one commit. */
export class GrantStore {
  constructor(private readonly base: Pick<ServiceBase, 'database' | 'leaf' | 'wake'>) {}

  async spend(spending: Spending, cause: Cause): Promise<Outcome> {
    const { tenant, grant } = spending;
    const { eventId, leaf } = this.base.leaf(eventOf(spending, cause));
    const values = [tenant, grant.jti, new Date(grant.expiresAt * 1000), eventId, Buffer.from(leaf)];
    const { rows } = await this.base.database.query<{ outcome: Outcome }>(REDEEM, values);
    const { outcome } = rows[0]!;
    if (outcome === 'redeemed') this.base.wake();
    return outcome;
  }

  /** Makes coming partitions and drops expired ones; to be repeated well within three hours. */
  async maintain(): Promise<void> {
    await this.base.database.query(MAINTAIN);
  }
}

const eventOf = ({ tenant, clientId, policyVersion, grant }: Spending, { requestId }: Cause) => ({
  type: 'grant.redeemed' as const,
  tenant,
  outcome: 'success' as const,
  request: requestId,
  subject: grant.pseudonym,
  client: clientId,
  credential: grant.credential,
  session: grant.session,
  policy: policyVersion,
  acr: grant.acr,
  facts: { grant: grant.jti, action: grant.action.name, hash: grant.action.hash },
});
