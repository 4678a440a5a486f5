import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { session } from '@countersign/contracts';
import { actionHash, isRefusal, uuidv7 } from '@countersign/kernel';
import { JwksCache, verifyJws, type Jwks } from '@countersign/keys';
import { House, SessionServiceService as methods, claimsOf } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

const seconds = (ago = 0): bigint => BigInt(Math.floor(Date.now() / 1000) - ago);
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (isRefusal(error) ? error.code : `crash: ${String(error)}`),
  );

const elevate = (opened: { session: string }, subject: string, changes: Partial<session.ElevateRequest> = {}) =>
  house
    .as('verification', 1)
    .elevate({ ...house.proof({ subject }), session: opened.session, acr: 'phrh', ...changes }, house.call());

describe('elevation', () => {
  test('BCB-3.elevate · raises the same session: acr, amr and auth_time, for tokens, introspection and the next check', async () => {
    const subject = uuidv7();
    const credential = uuidv7();
    const opened = await house.native({ subject, authTime: seconds(200), amr: ['swk', 'pop'] });
    const raised = await elevate(opened, subject, { credential, amr: ['hwk', 'pop'] });
    expect(claimsOf(raised.accessToken)).toMatchObject({ sid: opened.session, acr: 'phrh', amr: ['hwk', 'pop'] });
    expect(await house.introspect(opened.accessToken)).toMatchObject({ acr: 'phrh', amr: ['hwk', 'pop'] });
    const { callerToken } = await house.check({ bearer: opened.accessToken });
    expect(claimsOf(callerToken)).toMatchObject({ acr: 'phrh', sid: opened.session });
    expect(await house.lastEvent('session.elevated')).toMatchObject({
      session: opened.session,
      credential,
      acr: 'phrh',
      subject: 'p_someone',
      facts: { from: 'phr' },
    });
  });

  test('of a web session gives no token: the cookie stands', async () => {
    const subject = uuidv7();
    const opened = await house.establish({ subject, authTime: seconds(200) });
    expect(await elevate(opened, subject)).toEqual({ accessToken: '', expiresIn: 0, tokenType: '' });
    const { client, call } = await house.acting({ cookie: opened.cookie }, methods.signOutOthers);
    expect(await client.signOutOthers({}, call)).toEqual({ ended: 0 });
  });

  test('is never to less, nor to an older authentication', async () => {
    const subject = uuidv7();
    const opened = await house.native({ subject, acr: 'phrh' });
    expect(await codeOf(elevate(opened, subject, { acr: 'phr' }))).toBe('elevation_refused');
    expect(await codeOf(elevate(opened, subject, { authTime: seconds(60) }))).toBe('elevation_refused');
    expect(await house.lastEvent('session.refused')).toMatchObject({ code: 'elevation_refused' });
    expect(await house.introspect(opened.accessToken)).toMatchObject({ acr: 'phrh' });
  });

  const lapsed = (subject: string, late: number) =>
    house.native({ subject, acr: 'phrh', authTime: seconds(43_200 + late) });

  test('BCB-3.elevate · 12 hours after its proof by hardware a session is raised by what it is told to be worth', async () => {
    const subject = uuidv7();
    const opened = await lapsed(subject, 60);
    expect(await house.introspect(opened.accessToken)).toMatchObject({ acr: 'phr' });
    expect(await codeOf(elevate(opened, subject, { acr: 'phr1' }))).toBe('elevation_refused');
    const authTime = seconds();
    const raised = await elevate(opened, subject, { acr: 'phr', authTime });
    const told = { acr: 'phr', auth_time: Number(authTime) };
    expect(claimsOf(raised.accessToken)).toMatchObject(told);
    expect(claimsOf((await house.check({ bearer: opened.accessToken })).callerToken)).toMatchObject(told);
    expect(await house.introspect(opened.accessToken)).toMatchObject({ acr: 'phr', authTime });
    expect(await house.lastEvent('session.elevated')).toMatchObject({ acr: 'phr', facts: { from: 'phr' } });
  });

  test('BCB-3.elevate · before that it is not, and hardware raises it to phrh again afterwards', async () => {
    const subject = uuidv7();
    expect(await codeOf(elevate(await lapsed(subject, -60), subject, { acr: 'phr' }))).toBe('elevation_refused');
    const opened = await lapsed(subject, 60);
    await elevate(opened, subject);
    expect(await house.introspect(opened.accessToken)).toMatchObject({ acr: 'phrh' });
  });

  test('is refused for somebody else, an ended session and an unknown one', async () => {
    const subject = uuidv7();
    const opened = await house.native({ subject });
    expect(await codeOf(elevate(opened, uuidv7()))).toBe('session_ended');
    expect(await codeOf(elevate({ session: uuidv7() }, subject))).toBe('session_ended');
    const { client, call } = await house.acting({ bearer: opened.accessToken }, methods.signOut);
    await client.signOut({}, call);
    expect(await codeOf(elevate(opened, subject))).toBe('session_ended');
    const event = await house.lastEvent('session.refused');
    expect(event).toMatchObject({ code: 'session_ended', facts: { method: methods.elevate.path } });
  });

  test('by a device that was ended meanwhile is refused', async () => {
    const subject = uuidv7();
    const credential = uuidv7();
    const opened = await house.native({ subject });
    const request = { tenant: house.bank.tenant, credential, reason: 'revoked' };
    await house.as('enrollment').endDevice(request, house.call());
    expect(await codeOf(elevate(opened, subject, { credential }))).toBe('elevation_refused');
  });
});

describe('a grant', () => {
  const hash = actionHash({ name: 'payee.add', parameters: { iban: 'DE02' } });
  const grant = (opened: { session: string }, subject: string, changes: Partial<session.GrantRequest> = {}) =>
    house.as('verification').grant(
      {
        ...house.proof({ subject }),
        session: opened.session,
        clientId: 'bank-app',
        actionName: 'payee.add',
        actionHash: hash,
        ...changes,
      },
      house.call(),
    );

  test('BCB-3.grant · is a JWT of 60 seconds bound to subject, session, device and the hash of the action', async () => {
    const subject = uuidv7();
    const credential = uuidv7();
    const opened = await house.native({ subject });
    const authTime = seconds();
    const given = await grant(opened, subject, { credential, authTime });
    const keys = new JwksCache(async () => JSON.parse((await house.as('audit').keys({}, house.call())).jwks) as Jwks);
    const { claims } = await verifyJws(given.grant, {
      typ: 'countersign-grant+jwt',
      issuer: 'countersign-session',
      audience: `countersign:${house.bank.tenant}`,
      keyOf: (kid) => keys.key(kid),
      now: new Date(),
      maxLifetime: 60,
    });
    expect(claims).toEqual({
      iss: 'countersign-session',
      aud: `countersign:${house.bank.tenant}`,
      sub: subject,
      psn: 'p_someone',
      sid: opened.session,
      cid: 'bank-app',
      cred: credential,
      act: 'payee.add',
      ach: hash,
      acr: 'phr',
      auth_time: Number(authTime),
      jti: expect.any(String),
      iat: claims.iat,
      exp: claims.iat + 60,
    });
    const facts = { grant: claims['jti'], action: 'payee.add', hash };
    expect(await house.lastEvent('grant.issued')).toMatchObject({ credential, session: opened.session, facts });
  });

  test('is neither a caller token nor an access token', async () => {
    const subject = uuidv7();
    const opened = await house.native({ subject });
    const { grant: bearer } = await grant(opened, subject);
    expect(await codeOf(house.check({ bearer }))).toBe('token_invalid');
  });

  test.each<[string, Partial<session.GrantRequest>]>([
    ['a hash that is none', { actionHash: 'short' }],
    ['a name that is none', { actionName: 'Payee Add' }],
    ['another application', { clientId: 'bank-web' }],
    ['an assurance we do not know', { acr: 'urn:strongest' }],
  ])('is refused for %s', async (_, changes) => {
    const subject = uuidv7();
    expect(await codeOf(grant(await house.native({ subject }), subject, changes))).toBe('request_invalid');
  });

  test('is refused for an ended session and an ended device', async () => {
    const subject = uuidv7();
    const credential = uuidv7();
    const opened = await house.native({ subject });
    expect(await codeOf(grant(opened, uuidv7()))).toBe('session_ended');
    const request = { tenant: house.bank.tenant, credential, reason: 'revoked' };
    await house.as('enrollment').endDevice(request, house.call());
    expect(await codeOf(grant(opened, subject, { credential }))).toBe('device_ended');
  });

  test('R28 · is given on verification’s word alone', async () => {
    const request = { ...house.proof(), session: uuidv7(), actionName: 'a', actionHash: hash };
    expect(await codeOf(house.as('gateway').grant(request, house.call()))).toBe('call_refused');
    expect(await codeOf(house.as('gateway').elevate(request, house.call()))).toBe('call_refused');
  });
});
