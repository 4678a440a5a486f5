import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isRefusal } from '@countersign/kernel';
import { jwksOf, type KeyStore } from '@countersign/keys';
import { openKeys } from '@countersign/service-base';
import { rotateKeys, ROTATION } from '../src/key-rotation.js';
import { House, SessionServiceService as methods, described, headerOf } from './house.js';

let house: House;
let keys: KeyStore;
beforeAll(async () => {
  house = await House.open();
  const { folder } = house.installation as unknown as { folder: string };
  const files = {
    keysFile: join(folder, 'keys', 'session.json'),
    masterKeyFile: join(folder, 'master', 'master.key'),
  };
  const settings = { profile: 'development', keyDriver: 'file', ...files } as const;
  keys = await openKeys(settings, house.installation.database.open('session'));
});
afterAll(() => house.close());

const kidsOf = (jwks: string): string[] => (JSON.parse(jwks) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
const published = async (replica: number): Promise<string[]> =>
  kidsOf((await house.as('gateway', replica).issuer({ tenant: 'bank' }, house.call())).jwks);

describe('signing keys', () => {
  test('BCB-16.issuer · the first key of a tenant is made once, however many replicas need it at once', async () => {
    const { tenant } = await house.installation.tenant(described('fresh'));
    const opened = await Promise.all(
      Array.from({ length: 16 }, (_, index) => house.establish({ tenant, clientId: 'fresh-app' }, index % 2)),
    );
    const kids = new Set(opened.map(({ accessToken }) => headerOf(accessToken)['kid']));
    expect(kids).toEqual(new Set([`file:token/${tenant}/1`]));
  });

  test('a rotation under use refuses no token that is good, on either replica', async () => {
    const name = `token/${house.bank.tenant}`;
    const refused: string[] = [];
    const seen = new Set<unknown>();
    let running = true;
    const use = async (replica: number): Promise<void> => {
      while (running) {
        const { accessToken } = await house.establish({ clientId: 'bank-app' }, replica);
        seen.add(headerOf(accessToken)['kid']);
        for (const by of [0, 1])
          await house.check({ bearer: accessToken }, {}, by).catch((error: unknown) => {
            refused.push(isRefusal(error) ? `${error.code}` : String(error));
          });
        await sleep(20);
      }
    };
    const users = [use(0), use(1)];
    const next = await keys.prepare(name);
    await sleep(1_200);
    expect(await published(0)).toContain(next.id);
    expect(await published(1)).toContain(next.id);
    await keys.activate(next.id);
    await house.until(() => Promise.resolve(seen.has(next.id)));
    await sleep(2_500);
    running = false;
    await Promise.all(users);
    expect(refused).toEqual([]);
    expect(seen).toEqual(new Set([`file:${name}/1`, `file:${name}/2`]));
    expect(await published(0)).toEqual([`file:${name}/1`, `file:${name}/2`]);
  });

  test('the key of caller tokens rotates under use likewise', async () => {
    const { cookie } = await house.establish();
    await house.acting({ cookie }, methods.listSessions);
    const next = await keys.prepare('caller');
    await sleep(1_200);
    await keys.activate(next.id);
    await sleep(2_200);
    const { client, call } = await house.acting({ cookie }, methods.listSessions);
    expect(headerOf((call as { outgoingToken?: string }).outgoingToken!)['kid']).toBe(next.id);
    await expect(client.listSessions({}, call)).resolves.toBeDefined();
    const jwks = (await house.as('audit').keys({}, house.call())).jwks;
    expect(kidsOf(jwks)).toEqual(['file:caller/1', 'file:caller/2']);
  });

  test('rotates by itself: the successor is published a day ahead, and what it replaced stays an hour', async () => {
    const { tenant } = await house.tenant(described('long'));
    await house.native({ tenant, clientId: 'long-app' });
    const kids = async (): Promise<string[]> =>
      (await jwksOf(keys, `token/${tenant}`)).keys.map(({ kid }) => kid.slice(-1));
    const states = async (): Promise<string[]> => (await keys.list(`token/${tenant}`)).map(({ state }) => state);
    const later = (ms: number) => ({ now: () => new Date(Date.now() + ms) });
    await rotateKeys(keys, ROTATION, later(ROTATION.period - ROTATION.publishAhead - 60_000));
    expect(await states()).toEqual(['active']);
    await rotateKeys(keys, ROTATION, later(ROTATION.period - ROTATION.publishAhead + 60_000));
    expect([await states(), await kids()]).toEqual([
      ['active', 'next'],
      ['1', '2'],
    ]);
    await rotateKeys(keys, ROTATION, later(ROTATION.period + 60_000));
    expect([await states(), await kids()]).toEqual([
      ['retiring', 'active'],
      ['1', '2'],
    ]);
    await rotateKeys(keys, ROTATION, later(ROTATION.keepRetired + 60_000));
    expect([await states(), await kids()]).toEqual([['disabled', 'active'], ['2']]);
  });

  test('an unknown tenant has no issuer', async () => {
    await expect(house.as('gateway').issuer({ tenant: 'nobody' }, house.call())).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
