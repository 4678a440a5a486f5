import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isRefusal, uuidv7 } from '@countersign/kernel';
import { House, SessionServiceService as methods, claimsOf, type Presented } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

const isLive = (presented: Presented): Promise<boolean> =>
  house.check(presented, {}, 1).then(
    () => true,
    (error: unknown) => {
      if (isRefusal(error) && error.code === 'session_ended') return false;
      throw error;
    },
  );

/** One person on a browser and two telephones. */
async function person(changes = {}) {
  const subject = uuidv7();
  const web = await house.establish({ subject, ...changes });
  const phone = await house.native({ subject, ...changes });
  const tablet = await house.native({ subject, ...changes });
  return { subject, web, phone, tablet, cookie: { cookie: web.cookie }, bearer: { bearer: phone.accessToken } };
}

async function listed(presented: Presented) {
  const { client, call } = await house.acting(presented, methods.listSessions);
  return (await client.listSessions({}, call)).sessions;
}

async function end(id: string, presented: Presented) {
  const { client, call } = await house.acting(presented, methods.endSession, 1);
  return client.endSession({ id }, call);
}

describe('a person’s sessions', () => {
  test('NXG-10.list · shows all that are alive, newest first, and which one asks', async () => {
    const { web, phone, tablet, cookie, subject } = await person();
    const sessions = await listed(cookie);
    expect(sessions.map(({ id }) => id)).toEqual([tablet.session, phone.session, web.session]);
    expect(sessions.map(({ current }) => current)).toEqual([false, false, true]);
    expect(sessions[2]).toMatchObject({ subject, clientId: 'bank-web', platform: 'macos', acr: 'phr' });
    expect(Math.abs(Date.parse(sessions[2]!.createdAt) - Date.now())).toBeLessThan(60_000);
  });

  test('the present one comes with its anti-CSRF value, which is not stored', async () => {
    const { web, cookie, bearer } = await person();
    const { client, call } = await house.acting(cookie, methods.current);
    const current = await client.current({}, call);
    expect(current).toMatchObject({ csrfToken: web.csrfToken, session: { id: web.session, current: true } });
    const native = await house.acting(bearer, methods.current);
    expect((await native.client.current({}, native.call)).csrfToken).toBe('');
  });

  test('a cookie gives a short-lived access token for the bank’s own API', async () => {
    const { cookie, web, subject } = await person();
    const { client, call } = await house.acting(cookie, methods.mintAccessToken);
    const { accessToken, expiresIn } = await client.mintAccessToken({}, call);
    expect(expiresIn).toBe(420);
    expect(claimsOf(accessToken)).toMatchObject({ sub: subject, sid: web.session, aud: 'urn:countersign:bank' });
    expect(await house.introspect(accessToken)).toMatchObject({ active: true, session: web.session });
  });

  test('NXG-10.delete · ends one other, and it is dead at once', async () => {
    const { cookie, phone, bearer, web } = await person();
    await end(phone.session, cookie);
    expect(await isLive(bearer)).toBe(false);
    expect(await isLive(cookie)).toBe(true);
    expect((await listed(cookie)).map(({ id }) => id)).not.toContain(phone.session);
    const ended = await house.lastEvent('session.ended');
    expect(ended).toMatchObject({ session: phone.session, facts: { reason: 'signed_out_elsewhere' } });
    expect(web.session).not.toBe(ended?.session);
  });

  test('BCB-16.rows · somebody else’s, an ended and an unknown one are equally not found', async () => {
    const { cookie, phone } = await person();
    const other = await person();
    await end(phone.session, cookie);
    for (const id of [other.web.session, phone.session, uuidv7(), 'nonsense', '']) {
      await expect(end(id, cookie)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await isLive(other.cookie)).toBe(true);
  });

  test('NXG-10.one · signing out ends this one only', async () => {
    const { cookie, bearer } = await person();
    const { client, call } = await house.acting(cookie, methods.signOut);
    await client.signOut({}, call);
    expect([await isLive(cookie), await isLive(bearer)]).toEqual([false, true]);
    expect(await house.lastEvent('session.ended')).toMatchObject({ facts: { reason: 'sign_out' } });
  });

  test('NXG-10.others · signing out others leaves this one, with an event for each', async () => {
    const { cookie, bearer, tablet, phone } = await person();
    const { client, call } = await house.acting(cookie, methods.signOutOthers);
    expect(await client.signOutOthers({}, call)).toEqual({ ended: 2 });
    expect([await isLive(cookie), await isLive(bearer), await isLive({ bearer: tablet.accessToken })]).toEqual([
      true,
      false,
      false,
    ]);
    const ended = (await house.events()).filter(({ facts }) => facts['reason'] === 'sign_out_others');
    expect(ended.map(({ session }) => session).sort()).toEqual([phone.session, tablet.session].sort());
  });

  test('NXG-10.all · signing out everywhere ends this one too, and nobody else’s', async () => {
    const { cookie, bearer } = await person();
    const other = await person();
    const { client, call } = await house.acting(cookie, methods.signOutAll);
    expect(await client.signOutAll({}, call)).toEqual({ ended: 3 });
    expect([await isLive(cookie), await isLive(bearer), await isLive(other.cookie)]).toEqual([false, false, true]);
  });

  test.each([
    ['others', 'signOutOthers'],
    ['all', 'signOutAll'],
  ] as const)('NXG-10.%s · %s needs a fresh authentication', async (_, method) => {
    const { cookie, bearer } = await person({ authTime: BigInt(Math.floor(Date.now() / 1000) - 301) });
    const { client, call } = await house.acting(cookie, methods[method]);
    await expect(client[method]({}, call)).rejects.toMatchObject({
      code: 'step_up_required',
      details: { acrValues: 'phr', maxAge: 300 },
    });
    expect(await isLive(bearer)).toBe(true);
  });

  test('NXG-10.dead · an ended session is dead for every use, also with a caller token signed before', async () => {
    const { cookie, phone, bearer } = await person();
    const before = await house.acting(bearer, methods.current);
    await end(phone.session, cookie);
    expect(await isLive(bearer)).toBe(false);
    expect((await house.introspect(phone.accessToken)).active).toBe(false);
    const { refreshToken } = phone;
    await expect(
      house.as('gateway').refresh({ clientId: 'bank-app', refreshToken, proof: undefined }, house.call()),
    ).rejects.toMatchObject({ code: 'refresh_refused' });
    await expect(before.client.current({}, before.call)).rejects.toMatchObject({ code: 'session_ended' });
    expect(await house.lastEvent('session.refused')).toMatchObject({
      session: phone.session,
      facts: { state: 'ended' },
    });
  });

  test('a server has no sessions of its own', async () => {
    const bearer = await house.serverToken();
    const { client, call } = await house.acting({ bearer }, methods.listSessions);
    await expect(client.listSessions({}, call)).rejects.toMatchObject({ code: 'caller_token_refused' });
  });
});
