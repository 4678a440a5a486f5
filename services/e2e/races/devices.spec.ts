import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  CALM,
  ROUNDS,
  addDevice,
  createBank,
  createCustomer,
  everyRound,
  grantFor,
  postForm,
  say,
  sharedHost,
  twin,
  type Bank,
  type Customer,
  type Device,
  type HostProcess,
} from '../src/index.js';
import { HttpProblem, type Browser } from '@countersign/standalone';

const LIMIT_MS = 900_000;
/** Sign-ins of the device under way at any moment, and how many come one after another in each place. */
const AT_ONCE = 12;
const IN_A_ROW = 4;
/** The device is ended within this time of its first sign-in. */
const LATEST_MS = 500;
/** A suspension counts this long against what was begun around it: clocks differ. */
const SKEW_MS = 5_000;

let host: HostProcess;
let bank: Bank;
let owner: Customer;

beforeAll(async () => {
  host = await sharedHost({ shape: 'services', replicas: 2 });
  bank = await createBank(host, { risk: CALM });
  owner = await createCustomer(host, bank);
  await owner.browser.signIn();
}, 120_000);

describe('a device that signs in all the time, over two processes of each service', () => {
  test(
    'BCB-6.revoke · once its revocation has returned, no session of it is alive, nor becomes so',
    async () => {
      const seen = { opened: 0, refused: 0 };
      await everyRound(async () => {
        const device = await addDevice(host, bank, owner);
        const grant = await grantFor(owner.browser, 'authenticator.remove', { id: device.id });
        const signIns = keepSigningIn(device.app);
        await sleep(Math.random() * LATEST_MS);
        const path = `/auth/devices/${device.id}`;
        await twin(owner.browser, anyGateway()).request('DELETE', path, undefined, { 'countersign-grant': grant });
        await expectDead(signIns.opened);
        const { opened, refused } = await signIns.ended;
        await expectDead(opened);
        await expect(device.app.signIn()).rejects.toMatchObject({ status: 401 });
        seen.opened += opened.length;
        seen.refused += refused;
      });
      say(`${ROUNDS} rounds: ${seen.opened} sessions opened and ended, ${seen.refused} sign-ins refused`);
      expect(seen.opened).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  test(
    'BCB-6.suspend BCB-6.resume · suspended, no session of it is alive; resumed, it signs in again',
    async () => {
      await everyRound(
        async () => {
          const devices = [];
          for (let n = 0; n < 4; n++) devices.push(await addDevice(host, bank, owner));
          for (const device of devices) await suspendWhileItSignsIn(device);
          await sleep(SKEW_MS);
          for (const { app, id } of devices) {
            const grant = await grantFor(owner.browser, 'authenticator.resume', { id });
            await owner.browser.request('POST', `/auth/devices/${id}/resume`, {}, { 'countersign-grant': grant });
            const { accessToken } = await app.signIn();
            expect(await bank.sdk.introspect(String(accessToken))).toMatchObject({ active: true });
          }
        },
        Math.ceil(ROUNDS / 8),
      );
    },
    LIMIT_MS,
  );
});

async function suspendWhileItSignsIn({ app, id }: Device): Promise<void> {
  const signIns = keepSigningIn(app);
  await sleep(Math.random() * LATEST_MS);
  await twin(owner.browser, anyGateway()).request('POST', `/auth/devices/${id}/suspend`, {});
  await expectDead(signIns.opened);
  await expectDead((await signIns.ended).opened);
}

const anyGateway = (): string => host.urls[Math.floor(Math.random() * host.urls.length)]!;

interface SignIns {
  /** Apps that hold a session, as far as has come. */
  opened: Browser[];
  /** When the last of them has its answer. */
  ended: Promise<{ opened: Browser[]; refused: number }>;
}

/** Sign-ins at both gateways, with and without a user name, each in an app that keeps what it got. */
function keepSigningIn(app: Browser): SignIns {
  const opened: Browser[] = [];
  let refused = 0;
  const place = async (index: number): Promise<void> => {
    for (let n = 0; n < IN_A_ROW; n++) {
      const copy = twin(app, host.urls[index % host.urls.length]!);
      await copy.signIn().then(
        () => opened.push(copy),
        (error: unknown) => {
          if (!(error instanceof HttpProblem && error.status === 401)) throw error;
          refused++;
        },
      );
    }
  };
  const ended = Promise.all(Array.from({ length: AT_ONCE }, (_, index) => place(index)));
  return { opened, ended: ended.then(() => ({ opened, refused })) };
}

/** Neither introspection, nor the gateway, nor a refresh takes these for alive. */
async function expectDead(apps: readonly Browser[]): Promise<void> {
  await Promise.all(
    [...apps].map(async (app) => {
      expect(await bank.sdk.introspect(app.accessToken!)).toEqual({ active: false });
      await expect(app.request('GET', '/auth/session')).rejects.toMatchObject({ status: 401 });
      const fields = { grant_type: 'refresh_token', refresh_token: app.refreshToken!, client_id: app.clientId };
      const refresh = postForm(app.api, '/oauth/token', fields, { 'countersign-client': app.clientId });
      await expect(refresh).rejects.toMatchObject({ code: 'refresh_refused' });
    }),
  );
}
