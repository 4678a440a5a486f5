import { expect, test } from '@jest/globals';
import { refuse } from '@countersign/kernel';
import type { RenewalTurn } from '@countersign/keys';
import type { Logger } from '@countersign/platform';
import { KeyRenewal } from './key-renewal.js';

const GOOD: RenewalTurn = { made: 0, left: 2_000_000, late: 0, failing: 0 };
const FAILING: RenewalTurn = { ...GOOD, failing: 3, failure: refuse('key_store_unavailable'), first: 'issuer/a' };

function world(turns: RenewalTurn[]) {
  let now = 0;
  const [said, shown, failing]: [string[], number[], number[]] = [[], [], []];
  const say =
    (level: string): Logger['info'] =>
    (event, { key = '' } = {}) =>
      void said.push(`${level} ${event} ${key}`.trim());
  const log: Logger = { info: say('info'), warn: say('warn'), error: say('error') };
  const issuerKeySecondsLeft = { set: (_labels: object, value: number) => void shown.push(value) };
  const issuerKeysNotRenewed = { set: (_labels: object, value: number) => void failing.push(value) };
  const metrics = { issuerKeySecondsLeft, issuerKeysNotRenewed } as never;
  const renew = async () => turns.shift() ?? GOOD;
  const renewal = new KeyRenewal({ renew }, metrics, log, { now: () => new Date(now) });
  const after = async (seconds: number) => {
    now += seconds * 1_000;
    await renewal.work();
  };
  return { said, shown, failing, after };
}

test('BCB-9.keys · renewal that fails is said once a minute, as an error when time gets short, and that it is over once', async () => {
  const late = { ...FAILING, left: 500_000, late: 2 };
  const { said, shown, failing, after } = world([GOOD, FAILING, FAILING, late, late, GOOD, GOOD]);
  for (const seconds of [0, 1, 1, 60, 1, 1, 1]) await after(seconds);
  expect(said).toEqual([
    'warn issuer_key.not_renewed issuer/a',
    'error issuer_key.running_out issuer/a',
    'info issuer_key.renewed_again',
  ]);
  expect(shown[3]).toBe(500);
  expect(failing).toEqual([0, 3, 3, 3, 3, 0, 0]);
});

test('a turn that waits for the key store is not joined by the next', async () => {
  const { shown, after } = world([GOOD, GOOD]);
  await Promise.all([after(0), after(0)]);
  expect(shown).toHaveLength(1);
});
