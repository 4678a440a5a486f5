import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { House, SessionServiceService, claimsOf } from './house.js';

const { signOutOthers, listSessions } = SessionServiceService;

let house: House;
beforeAll(async () => {
  house = await House.open({
    actions: {
      'payee.add': {},
      'wire.send': { acr: 'phrh' },
      'limit.raise': { assurance: { level: 'device-bound-attested' } },
      'card.block': { assurance: { level: 'any' } },
      'key.print': { assurance: { transports: ['usb'] } },
    },
    applications: { 'bank-app': { assurance: { level: 'device-bound-attested' } } },
  });
});
afterAll(() => house.close());

describe('BCB-3.challenge · introspection says what an action still needs (RFC 9470)', () => {
  /** The answer for an action in a fresh session of an application. */
  const needs = async (action: string, acr: string) =>
    (await house.introspect((await house.native({ acr })).accessToken, action)).stepUp;

  test.each([
    ['payee.add', 'phrh', false],
    ['payee.add', 'phr', true],
    ['wire.send', 'phrh', false],
    ['limit.raise', 'phr', true],
    ['limit.raise', 'phrh', false],
  ])('%s where the application asks for attested hardware, in a session of %s: %s', async (action, acr, required) => {
    expect(await needs(action, acr)).toEqual({ required, acrValues: 'phrh', maxAge: 300 });
  });

  test('an action that asks for less than its application is content with less', async () => {
    expect(await needs('card.block', 'phr')).toEqual({ required: false, acrValues: 'phr', maxAge: 300 });
    expect(await needs('card.block', 'phr1')).toMatchObject({ required: true });
  });

  test('an action that asks for what no acr expresses is always confirmed by a step-up of its own', async () => {
    expect(await needs('key.print', 'phrh')).toEqual({ required: true, acrValues: 'phrh', maxAge: 300 });
  });
});

test('BCB-3.challenge · what signing out others needs is what the application asks for signing in', async () => {
  const refusedAt = async (open: () => Promise<{ accessToken: string }>) => {
    const { client, call } = await house.acting({ bearer: (await open()).accessToken }, signOutOthers);
    return client.signOutOthers({}, call);
  };
  const details = { acrValues: 'phrh', maxAge: 300 };
  await expect(refusedAt(() => house.native())).rejects.toMatchObject({ code: 'step_up_required', details });
  await expect(refusedAt(() => house.native({ acr: 'phrh' }))).resolves.toEqual({ ended: 0 });
});

const HARDWARE_SECONDS = 43_200;

/** An access token says what is true until it expires, so it says `phrh` no longer some minutes before. */
test.each([
  { late: -3_600, told: 'phrh', token: 'phrh' },
  { late: -60, told: 'phrh', token: 'phr' },
  { late: 60, told: 'phr', token: 'phr' },
])(
  'BCB-3.challenge · phrh lasts 12 hours, $late s after them a session is worth $told',
  async ({ late, told, token }) => {
    const authTime = Math.floor(Date.now() / 1000) - HARDWARE_SECONDS - late;
    const { accessToken } = await house.native({ acr: 'phrh', authTime: BigInt(authTime) });
    const { callerToken } = await house.check({ bearer: accessToken });
    const { client, call } = await house.acting({ bearer: accessToken }, listSessions);
    const about = { acr: told, authTime: BigInt(authTime) };
    expect(claimsOf(accessToken)).toMatchObject({ acr: token, auth_time: authTime });
    expect(claimsOf(callerToken)).toMatchObject({ acr: told, auth_time: authTime });
    expect((await client.listSessions({}, call)).sessions).toEqual([expect.objectContaining(about)]);
    expect(await house.introspect(accessToken)).toMatchObject(about);
  },
);
