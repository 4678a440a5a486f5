import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { isRefusal, uuidv7 } from '@countersign/kernel';
import { House, SessionServiceService as methods } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

type Reason = 'revoked' | 'suspended';
const endDevice = (credential: string, reason: Reason = 'revoked', replica = 0) =>
  house.as('enrollment', replica).endDevice({ tenant: house.bank.tenant, credential, reason }, house.call());

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (isRefusal(error) ? error.code : `crash: ${String(error)}`),
  );

/** As if the device had been ended that long ago. */
const backdate = (credential: string, seconds: number): Promise<unknown> =>
  withClient(house.installation.database.adminUrl, (admin) =>
    admin.query(
      'update session.device_tombstone set ended_at = ended_at - make_interval(secs => $1) where credential = $2',
      [seconds, credential],
    ),
  );

describe('the end of a device', () => {
  test('BCB-6.revoke · ends all its sessions with an event each, and nobody else’s', async () => {
    const credential = uuidv7();
    const web = await house.establish({ credential });
    const app = await house.native({ credential });
    const other = await house.native();
    expect(await endDevice(credential)).toEqual({ ended: 2 });
    expect(await codeOf(house.check({ cookie: web.cookie }, {}, 1))).toBe('session_ended');
    expect(await codeOf(house.check({ bearer: app.accessToken }, {}, 1))).toBe('session_ended');
    expect(await codeOf(house.check({ bearer: other.accessToken }))).toBe('accepted');
    expect((await house.introspect(app.accessToken)).active).toBe(false);
    const ended = (await house.events()).filter(({ facts }) => facts['reason'] === 'device_revoked');
    expect(ended.map(({ session }) => session).sort()).toEqual([web.session, app.session].sort());
  });

  test('can be repeated and changes nothing more', async () => {
    const credential = uuidv7();
    await house.native({ credential });
    expect(await endDevice(credential)).toEqual({ ended: 1 });
    const before = (await house.events()).length;
    expect(await endDevice(credential, 'revoked', 1)).toEqual({ ended: 0 });
    expect(await house.events()).toHaveLength(before);
  });

  test('revoked: no session of it is ever established again, whenever its ceremony began', async () => {
    const credential = uuidv7();
    await endDevice(credential);
    await backdate(credential, 3_600);
    expect(await codeOf(house.native({ credential }))).toBe('device_ended');
    expect(await house.lastEvent('session.refused')).toMatchObject({ code: 'device_ended', credential });
    await endDevice(credential, 'suspended');
    await backdate(credential, 3_600);
    expect(await codeOf(house.native({ credential }))).toBe('device_ended');
  });

  test('suspended: what was begun before is dead, what is begun after a resume lives', async () => {
    const credential = uuidv7();
    const before = await house.native({ credential });
    const begunBefore = BigInt(Date.now());
    await endDevice(credential, 'suspended');
    expect(await codeOf(house.check({ bearer: before.accessToken }))).toBe('session_ended');
    expect(await codeOf(house.native({ credential, ceremonyStartedAt: begunBefore }))).toBe('device_ended');
    expect(await codeOf(house.native({ credential, ceremonyStartedAt: 0n }))).toBe('device_ended');
    await backdate(credential, 60);
    const after = await house.native({ credential });
    expect(await codeOf(house.check({ bearer: after.accessToken }))).toBe('accepted');
    expect(await codeOf(house.check({ bearer: before.accessToken }))).toBe('session_ended');
  });

  test('suspended: five seconds of difference between two clocks count against the ceremony', async () => {
    const credential = uuidv7();
    const soon = BigInt(Date.now() + 4_000);
    await endDevice(credential, 'suspended');
    expect(await codeOf(house.native({ credential, ceremonyStartedAt: soon }))).toBe('device_ended');
  });

  test('ends also sessions whose present assurance rests on it', async () => {
    const subject = uuidv7();
    const credential = uuidv7();
    const opened = await house.native({ subject });
    const proof = { ...house.proof({ subject, credential }), session: opened.session };
    await house.as('verification').elevate(proof, house.call());
    expect(await endDevice(credential)).toEqual({ ended: 1 });
    expect(await codeOf(house.check({ bearer: opened.accessToken }))).toBe('session_ended');
  });

  test('BCB-6.revoke · whatever overtakes what, of 200 sign-ins racing with the end none is alive afterwards', async () => {
    for (let round = 0; round < 200; round++) {
      const credential = uuidv7();
      const begun = BigInt(Date.now());
      const reason: Reason = round % 2 ? 'revoked' : 'suspended';
      const established = Promise.allSettled(
        Array.from({ length: 4 }, (_, index) =>
          house.establish({ credential, clientId: 'bank-app', ceremonyStartedAt: begun }, index % 2),
        ),
      );
      const ending = endDevice(credential, reason, round % 3 ? 1 : 0);
      const [outcomes] = await Promise.all([established, ending]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'device_ended' });
        else expect(await codeOf(house.check({ bearer: outcome.value.accessToken }))).toBe('session_ended');
      }
    }
  }, 120_000);

  test('a session established late, unseen by the end, is dead on its first check and for every other use', async () => {
    const credential = uuidv7();
    const subject = uuidv7();
    const late = await house.native({ credential, subject });
    // The tombstone alone, as the racing transaction would see it: the session was not visible to the end.
    await withClient(house.installation.database.adminUrl, (admin) =>
      admin.query('insert into session.device_tombstone (tenant, credential, final) values ($1, $2, true)', [
        house.bank.tenant,
        credential,
      ]),
    );
    expect(await codeOf(house.check({ bearer: late.accessToken }))).toBe('session_ended');
    expect(await house.lastEvent('session.refused')).toMatchObject({ facts: { state: 'device' } });
    expect((await house.introspect(late.accessToken)).active).toBe(false);
    const refresh = { clientId: 'bank-app', refreshToken: late.refreshToken, proof: undefined };
    expect(await codeOf(house.as('gateway').refresh(refresh, house.call()))).toBe('refresh_refused');
    const bearer = (await house.native({ subject })).accessToken;
    const { client, call } = await house.acting({ bearer }, methods.listSessions);
    expect((await client.listSessions({}, call)).sessions).toHaveLength(1);
  });

  test.each([
    ['a reason we do not know', { reason: 'lost' }, 'request_invalid'],
    ['a credential that is no UUID', { credential: 'x' }, 'request_invalid'],
    ['an unknown tenant', { tenant: uuidv7() }, 'not_found'],
  ])('is refused for %s', async (_, changes, code) => {
    const request = { tenant: house.bank.tenant, credential: uuidv7(), reason: 'revoked', ...changes };
    expect(await codeOf(house.as('enrollment').endDevice(request, house.call()))).toBe(code);
  });

  test('BCB-9.allowlist · is enrollment’s to say', async () => {
    const request = { tenant: house.bank.tenant, credential: uuidv7(), reason: 'revoked' };
    for (const from of ['gateway', 'verification'] as const)
      expect(await codeOf(house.as(from).endDevice(request, house.call()))).toBe('call_refused');
  });
});
