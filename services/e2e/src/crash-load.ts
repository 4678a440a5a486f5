import { randomUUID } from 'node:crypto';
import { type Browser, HttpProblem } from '@countersign/standalone';
import type { Bank, Customer } from './bank.js';
import type { HostProcess } from './host-process.js';
import { grantFor, invite } from './people.js';
import { twin } from './twin.js';

/** What clients were told before the end, and have a right to find again. */
export interface Told {
  /** Each holds the session it was told of. */
  sessions: { id: string; browser: Browser }[];
  /** Ids of credentials. */
  credentials: string[];
  redeemed: number;
  /** Answers that were neither a success nor the end of the connection. */
  refused: string[];
}

export interface CrashLoad {
  told: Told;
  /** Resolves when every place has met the end. */
  over: Promise<unknown>;
}

/** Sign-ins, step-ups with redeemed grants, and registrations, one place per customer, until the server is gone. */
export function loadUntilGone(host: HostProcess, bank: Bank, customers: readonly Customer[]): CrashLoad {
  const told: Told = { sessions: [], credentials: [], redeemed: 0, refused: [] };
  const places = customers.map(async (customer, index) => {
    const turns = [signIn, stepUp, signIn, enroll];
    for (let n = index; ; n++) {
      const turn = turns[n % turns.length]!;
      const gone = await turn({ host, bank, customer, told }).then(
        () => false,
        (error: unknown) => isGone(error, told),
      );
      if (gone) return;
    }
  });
  return { told, over: Promise.all(places) };
}

interface Turn {
  host: HostProcess;
  bank: Bank;
  customer: Customer;
  told: Told;
}

async function signIn({ customer, told }: Turn): Promise<void> {
  const { session } = await customer.browser.signIn();
  told.sessions.push({ id: (session as { id: string }).id, browser: twin(customer.browser) });
}

async function stepUp(turn: Turn): Promise<void> {
  const { customer, bank, told } = turn;
  await signIn(turn);
  const parameters = { reference: randomUUID() };
  const grant = await grantFor(customer.browser, 'payee.add', parameters);
  await bank.sdk.redeemGrant(grant, { name: 'payee.add', parameters });
  told.redeemed++;
}

async function enroll({ host, bank, told }: Turn): Promise<void> {
  const { browser } = await invite(host, bank);
  const { device } = await browser.register('a device');
  told.credentials.push((device as { id: string }).id);
}

/** A connection that broke is the end; a refusal on the way there is remembered. */
function isGone(error: unknown, told: Told): boolean {
  const code = error instanceof HttpProblem || (error instanceof Error && 'code' in error) ? String(error.code) : '';
  if (code === '' || code === 'network_failed') return true;
  told.refused.push(code);
  return false;
}
