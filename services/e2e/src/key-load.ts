import { HttpProblem } from '@countersign/standalone';
import { decodeProtectedHeader } from 'jose';
import type { Bank, Customer } from './bank.js';
import { grantFor } from './people.js';

/** An access token that was issued, and the key that signed it. */
export interface Issued {
  kid: string;
  token: string;
}

export interface KeyLoad {
  issued: Issued[];
  /** Requests that were answered as they should be. */
  answered: number;
  /** What was refused or failed: there should be nothing. */
  wrong: string[];
  stop(): Promise<void>;
}

/**
 * People sign in again and again, use what they got, and step up, each in a place of their own, while keys change. A token
 * that was issued just now has to be good.
 *
 * @param customers with browsers (cookies) or apps (tokens)
 */
export function loadOnKeys(bank: Bank, customers: readonly Customer[]): KeyLoad {
  const issued: Issued[] = [];
  const load: KeyLoad = { issued, answered: 0, wrong: [], stop: () => Promise.resolve() };
  let running = true;
  const places = customers.map(async (customer) => {
    while (running) await turn(bank, customer, load).catch((error: unknown) => load.wrong.push(told(error)));
  });
  load.stop = async () => {
    running = false;
    await Promise.all(places);
  };
  return load;
}

async function turn(bank: Bank, { browser }: Customer, load: KeyLoad): Promise<void> {
  const { accessToken } = await browser.signIn();
  if (typeof accessToken === 'string')
    load.issued.push({ token: accessToken, kid: decodeProtectedHeader(accessToken).kid! });
  await browser.request('GET', '/auth/sessions');
  const action = { name: 'payee.add', parameters: {} };
  await bank.sdk.redeemGrant(await grantFor(browser, action.name), action);
  load.answered += 3;
}

const told = (error: unknown): string => (error instanceof HttpProblem ? error.message : String(error));
