import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '@countersign/standalone';
import type { Bank, Customer } from './bank.js';
import { codeOf } from './race.js';
import { twin } from './twin.js';

/** A session somebody was told of, in a browser that holds it. */
export type Held = Customer['browser'];

export interface SignIns {
  /** Sessions people were told of. */
  told: Held[];
  /** What they were refused with. */
  refused: string[];
}

/** Signs in again and again until told to stop; a service that is not there is no mistake of anybody's. */
export function keepSigningIn(customers: readonly Customer[]): { stop(): Promise<SignIns> } {
  const seen: SignIns = { told: [], refused: [] };
  let over = false;
  const place = async ({ browser }: Customer): Promise<void> => {
    while (!over) {
      try {
        const copy = twin(browser);
        await copy.signIn();
        seen.told.push(copy);
      } catch (error) {
        seen.refused.push(codeOf(error));
        await sleep(50);
      }
    }
  };
  const places = Promise.all(customers.map(place));
  return {
    stop: async () => {
      over = true;
      await places;
      return seen;
    },
  };
}

/** Orders an erasure until it is answered. @returns its id */
export const orderErasure = async (bank: Bank, subject: string): Promise<string> =>
  (await untilAnswered(() => bank.sdk.eraseSubject(subject))).id;

/** Asks again for as long as a service that answers is not there. */
export async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!NOT_NOW.has(codeOf(error))) throw error;
      await sleep(100);
    }
  }
}

/** What somebody meets whose service is not there. */
export const NOT_NOW: ReadonlySet<string> = new Set(['unavailable', 'deadline_exceeded', 'network_failed']);

const JUDGED_WITHIN_MS = 30_000;

/** Tries until every service is there to judge. @throws Error when somebody erased signs in, or is not judged in time */
export async function expectUnknown({ browser }: Customer): Promise<void> {
  for (const end = Date.now() + JUDGED_WITHIN_MS; ; await sleep(200)) {
    const outcome = await twin(browser)
      .signIn()
      .then(
        () => 'signed in',
        (error: unknown) => (error instanceof HttpProblem ? error.code : 'refused by the authenticator'),
      );
    if (outcome === 'signed in' || (NOT_NOW.has(outcome) && Date.now() > end))
      throw new Error(`an erased person: ${outcome}`);
    if (!NOT_NOW.has(outcome)) return;
  }
}
