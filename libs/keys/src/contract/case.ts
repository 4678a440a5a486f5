import { deepEqual, rejects } from 'node:assert/strict';
import { isRefusal, type Code } from '@countersign/kernel';
import type { KeyStore } from '../store/key-store.js';

/** Two instances over one fresh, empty backing, as two replicas or processes hold them. */
export interface KeyStorePair {
  first: KeyStore;
  second: KeyStore;
  close?(): Promise<void>;
}

/** One clause of the contract; `run` rejects when the driver breaks it. */
export interface ContractCase {
  name: string;
  run(): Promise<void>;
}

export type Clause = (pair: KeyStorePair) => Promise<void>;

/** The refusal is the one of the table, not merely an error. */
export const refusesWith = (code: Code, action: Promise<unknown>): Promise<void> =>
  rejects(action, (error: unknown) => isRefusal(error) && error.code === code);

/** What another instance did is seen within the second the port promises; three are allowed before it counts as broken. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 3_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Another instance disabled the key: until this one knows it answers, and from then on it says so, and nothing else. */
export async function refusedOnceDisabled(use: () => Promise<unknown>): Promise<void> {
  let refused: unknown;
  await eventually(async () => {
    refused = await use().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused === undefined) throw new Error('a disabled key is still used');
  });
  await refusesWith('key_disabled', Promise.reject(refused));
}

export const same = (actual: unknown, expected: unknown): void => deepEqual(actual, expected);

/** Bytes compared as bytes, whichever view a driver returns. */
export const sameBytes = (actual: Uint8Array, expected: Uint8Array): void =>
  same(Buffer.from(actual).toString('hex'), Buffer.from(expected).toString('hex'));
