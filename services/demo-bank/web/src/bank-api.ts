import type { Countersign } from '@countersign/sdk-web';
import { BankProblem } from './bank-problem.js';

export interface Money {
  amount: string;
  currency: string;
}

export interface Booking {
  id: string;
  time: string;
  counterparty: string;
  reference: string;
  money: Money;
}

export interface Overview {
  userName: string;
  displayName: string;
  account: { iban: string; balance: Money };
  bookings: Booking[];
}

export interface Payee {
  id: string;
  name: string;
  iban: string;
}

/** The bank's own API. Calls in the name of the customer carry a short-lived access token, which the bank introspects. */
export class BankApi {
  constructor(private readonly countersign: Countersign) {}

  /** @returns the enrollment ticket that this browser is to open */
  async becomeCustomer(application: { userName: string; displayName: string }): Promise<string> {
    const { ticket } = await request<{ ticket: string }>('POST', '/api/customers', { json: application });
    return ticket;
  }

  account(): Promise<Overview> {
    return this.mine('GET', '/api/account');
  }

  async payees(): Promise<Payee[]> {
    return (await this.mine<{ payees: Payee[] }>('GET', '/api/payees')).payees;
  }

  /**
   * Adds a payee, confirmed with a passkey. Name and parameters of the action are what the bank's server will hash:
   * one other letter, and it refuses the grant.
   */
  async addPayee(payee: { name: string; iban: string }): Promise<Payee> {
    const { grant } = await this.countersign.stepUp({ name: 'payee.add', parameters: { ...payee } });
    return this.mine('POST', '/api/payees', { json: payee, grant });
  }

  transfer(order: { payeeId: string; amount: string; reference: string }): Promise<Overview> {
    return this.mine('POST', '/api/transfers', { json: order });
  }

  private async mine<T>(method: 'GET' | 'POST', path: string, options: RequestOptions = {}): Promise<T> {
    return request(method, path, { ...options, token: await this.countersign.accessToken() });
  }
}

interface RequestOptions {
  json?: unknown;
  token?: string;
  grant?: string;
}

async function request<T>(method: 'GET' | 'POST', path: string, { json, token, grant }: RequestOptions): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: {
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(grant && { 'Countersign-Grant': grant }),
    },
    body: json === undefined ? null : JSON.stringify(json),
  }).catch((error: unknown) => {
    throw new BankProblem('network_failed', 0, { cause: error });
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

async function problemOf(response: Response): Promise<BankProblem> {
  const body = (await response.json().catch(() => ({}))) as { code?: string };
  return new BankProblem(body.code ?? 'answer_unreadable', response.status);
}
