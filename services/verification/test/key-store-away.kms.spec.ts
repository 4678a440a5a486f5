import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServiceName } from '@countersign/contracts';
import { startKmsServer, type KmsServer } from '../../../libs/keys-aws-kms/test/kms-server.js';
import { Bank, Rpc, codeOf, type Customer } from './bank.js';

/** How long KMS answers nothing, seconds; `test:soak` makes it minutes. */
const AWAY = Number(process.env['AWAY_SECONDS'] ?? 27);
/** Of issuer keys. They are renewed with 60 to 50 % of it left: an outage that begins right before has to be outlasted. */
const LIFE = Math.round(AWAY / 0.45);
const CREDENTIALS = { accessKeyId: '000000000001', secretAccessKey: 'not-a-secret' };
const LIMIT = (LIFE + AWAY + 240) * 1_000;

let server: KmsServer;
let bank: Bank;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kms-away-'));
  const credentials = join(folder, 'credentials.json');
  writeFileSync(credentials, JSON.stringify(CREDENTIALS), { mode: 0o600 });
  server = await startKmsServer();
  bank = await Bank.open({}, (name) => inKms(name, credentials));
}, 240_000);
afterAll(async () => {
  server?.resume();
  await bank?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const inKms = (name: ServiceName, kmsCredentialsFile: string): object => ({
  ...{ keysFile: undefined, masterKeyFile: undefined, kmsCredentialsFile },
  keyDriver: 'aws-kms',
  keyNamespace: name === 'enrollment' || name === 'verification' ? 'sealing' : name,
  kmsRegion: 'eu-central-1',
  kmsEndpoint: server.endpoint,
  ...(name === 'session' && { tokenSigning: 'delegated', tokenIssuerLife: LIFE }),
});

const secondsLeft = async (): Promise<number> =>
  Number(/^countersign_issuer_key_seconds_left\{[^}]*\} (\S+)$/m.exec(await bank.metrics('session'))?.[1]);

/** People who sign in, check who they are and step up, one after the other. */
function load(customers: Customer[]) {
  const outcomes: string[] = [];
  let [running, slowest] = [true, 0];
  const journey = async (customer: Customer): Promise<void> => {
    const { accessToken } = await bank.signIn(customer);
    await bank.asPerson(accessToken, Rpc.beginStepUp);
  };
  const users = customers.map(async (customer) => {
    while (running) {
      const begun = performance.now();
      outcomes.push(await codeOf(journey(customer)));
      slowest = Math.max(slowest, performance.now() - begun);
      await sleep(20);
    }
  });
  const stop = async () => {
    running = false;
    await Promise.all(users);
    return { passed: outcomes.filter((code) => code === 'passed').length, outcomes: new Set(outcomes), slowest };
  };
  return { stop };
}

test(
  'BCB-9.keys · KMS answers nothing under load: no sign-in fails, the time that is left is told, and afterwards it is caught up',
  async () => {
    const customers = [await bank.customer(), await bank.customer()];
    for (const customer of customers) await bank.signIn(customer);
    while ((await secondsLeft()) > LIFE * 0.65) await sleep(200);
    const users = load(customers);
    server.pause();
    await sleep(AWAY * 1_000);
    const least = await secondsLeft();
    server.resume();
    const resumed = performance.now();
    while ((await secondsLeft()) < LIFE * 0.5 && performance.now() - resumed < 60_000) await sleep(100);
    const caughtUp = (performance.now() - resumed) / 1_000;
    await sleep(2_000);
    const { passed, outcomes, slowest } = await users.stop();
    process.stdout.write(
      `KMS away ${AWAY} s, issuer keys of ${LIFE} s: ${passed} sign-ins, none failed, slowest ${Math.round(slowest)} ms; ` +
        `least time left ${Math.round(least)} s; caught up after ${caughtUp.toFixed(1)} s\n`,
    );
    expect(outcomes).toEqual(new Set(['passed']));
    expect(passed).toBeGreaterThan(AWAY);
    expect(least).toBeGreaterThan(0);
    expect(least).toBeLessThan(LIFE * 0.4);
    expect(await secondsLeft()).toBeGreaterThan(LIFE * 0.5);
  },
  LIMIT,
);
