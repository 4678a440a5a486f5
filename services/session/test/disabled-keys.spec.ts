import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isRefusal } from '@countersign/kernel';
import { House, SessionServiceService, headerOf } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

const disable = (key: string) =>
  house.installation.client('cli', SessionServiceService).disableKey({ key }, house.call());

interface Presented {
  kid: string;
  token: string;
}

/** Opens sessions on both replicas until told to stop. @returns every token so far, with the key that signed it */
function signingIn(): { made: readonly Presented[]; stop(): Promise<unknown> } {
  const made: Presented[] = [];
  let running = true;
  const users = [0, 1, 0, 1].map(async (replica) => {
    while (running) {
      const { accessToken } = await house.establish({ clientId: 'bank-app' }, replica);
      made.push({ kid: String(headerOf(accessToken)['kid']), token: accessToken });
    }
  });
  const stop = () => {
    running = false;
    return Promise.all(users);
  };
  return { made, stop };
}

const codeOf = (token: string, replica: number): Promise<string> =>
  house.check({ bearer: token }, {}, replica).then(
    () => 'good',
    (error: unknown) => (isRefusal(error) ? error.code : String(error)),
  );

test('BCB-9.keys · a key is disabled under load: its tokens are refused at once on every replica, no other token is, and signing goes on', async () => {
  const users = signingIn();
  const signed = (by: (kid: string) => boolean) => users.made.filter(({ kid }) => by(kid));
  await house.until(async () => users.made.length > 20);
  const { accessToken } = await house.establish({ clientId: 'bank-app' });
  const leaked = String(headerOf(accessToken)['kid']);
  expect([await codeOf(accessToken, 0), await codeOf(accessToken, 1)]).toEqual(['good', 'good']);

  const { active } = await disable(leaked);
  expect(await codeOf(accessToken, 0)).toBe('token_invalid');
  await house.until(async () => (await codeOf(accessToken, 1)) === 'token_invalid');
  await house.until(async () => signed((kid) => kid !== leaked).length > 20);

  await users.stop();
  const [of, others] = [signed((kid) => kid === leaked), signed((kid) => kid !== leaked)];
  expect(new Set(others.map(({ kid }) => kid))).toEqual(new Set([active]));
  for (const replica of [0, 1]) {
    expect(new Set(await Promise.all(of.slice(-20).map(({ token }) => codeOf(token, replica))))).toEqual(
      new Set(['token_invalid']),
    );
    expect(new Set(await Promise.all(others.slice(-20).map(({ token }) => codeOf(token, replica))))).toEqual(
      new Set(['good']),
    );
  }
}, 60_000);

test('BCB-9.keys · disabling it again changes nothing, and a key that is not there is said to be unknown', async () => {
  const { accessToken } = await house.establish({ clientId: 'bank-app' });
  const active = String(headerOf(accessToken)['kid']);
  const before = active.replace(/\d+$/, (version) => String(Number(version) - 1));
  expect(await disable(before)).toEqual({ active, storeFailure: '' });
  await expect(disable('file:token/nobody/1')).rejects.toMatchObject({ code: 'key_unknown' });
});

test('BCB-9.keys · the key of caller tokens is replaced likewise, and people go on', async () => {
  const { cookie } = await house.establish();
  await house.acting({ cookie }, SessionServiceService.listSessions);
  const { active } = await disable('file:caller/1');
  expect(active).toBe('file:caller/2');
  const { client, call } = await house.acting({ cookie }, SessionServiceService.listSessions);
  await expect(client.listSessions({}, call)).resolves.toBeDefined();
});
