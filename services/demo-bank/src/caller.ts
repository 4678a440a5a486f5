import type { CountersignServer } from '@countersign/sdk-node';
import { openAccount, type Customer } from './bank.js';
import { BankProblem } from './bank-problem.js';
import type { Customers } from './customers.js';

/** Answers who is calling the bank's own API. */
export class Callers {
  constructor(
    private readonly platform: CountersignServer,
    private readonly customers: Customers,
    private readonly clientIdWeb: string,
  ) {}

  /**
   * The customer behind an access token. It is introspected on every request, so a session that ended a second ago is
   * refused here too; a token of another application of the tenant is not for this bank's page.
   *
   * @throws BankProblem `sign_in_required`
   */
  async customer(authorization: string | undefined): Promise<Customer> {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (!token) throw new BankProblem('sign_in_required');
    const answer = await this.platform.introspect(token);
    if (!answer.active || answer.client_id !== this.clientIdWeb) throw new BankProblem('sign_in_required');
    return this.customers.find(answer.sub) ?? this.welcomeBack(answer.sub);
  }

  /** The platform knows this person and the bank, which may keep its customers in memory only, has forgotten. */
  private async welcomeBack(id: string): Promise<Customer> {
    const { reference, displayName } = await this.platform.subject(id);
    const known = this.customers.find(id);
    if (known) return known;
    this.customers.requireRoom();
    return this.customers.add(openAccount({ subject: id, userName: reference, displayName: displayName ?? reference }));
  }
}
