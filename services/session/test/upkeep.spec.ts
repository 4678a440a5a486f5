import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { uuidv7 } from '@countersign/kernel';
import { sweep } from '../src/store/sweeper.js';
import { House } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

const asAdmin = async <T>(text: string, values: unknown[] = []): Promise<T[]> =>
  withClient(house.installation.database.adminUrl, async (admin) => (await admin.query(text, values)).rows as T[]);

/** A session as if it had been opened so many days ago. */
async function openedDaysAgo(days: number): Promise<string> {
  const { session } = await house.native();
  const id = uuidAt(Date.now() - days * 86_400_000);
  await asAdmin('update session.session set id = $1 where id = $2', [id, session]);
  return id;
}

const uuidAt = (ms: number): string => {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}${uuidv7().slice(13)}`;
};

describe('upkeep', () => {
  test('sessions that nobody can use or ask about any more are cleared away, by any replica, all others stay', async () => {
    const old = await Promise.all([openedDaysAgo(38), openedDaysAgo(400)]);
    const kept = await Promise.all([openedDaysAgo(36), openedDaysAgo(0)]);
    const database = house.installation.database.open('session');
    await Promise.all([sweep(database), sweep(database)]);
    const left = (await asAdmin<{ id: string }>('select id from session.session')).map(({ id }) => id);
    expect(left).toEqual(expect.arrayContaining(kept));
    for (const id of old) expect(left).not.toContain(id);
  });

  test('client assertions are forgotten an hour after they have expired, not before', async () => {
    const insert = `insert into session.client_assertion (tenant, client_id, jti_hash, expires_at)
      values ($1, 'c', $2, now() - make_interval(mins => $3))`;
    for (const [minutes, name] of [
      [61, 'old'],
      [59, 'young'],
    ] as const)
      await asAdmin(insert, [house.bank.tenant, Buffer.from(name), minutes]);
    await sweep(house.installation.database.open('session'));
    const left = await asAdmin<{ jti_hash: Buffer }>('select jti_hash from session.client_assertion');
    expect(left.map(({ jti_hash: hash }) => hash.toString())).toEqual(['young']);
  });

  test('opening, checking and refreshing reach their row through a key, however many there are', async () => {
    const { session } = await house.native();
    await asAdmin(
      `insert into session.session (id, tenant, subject, pseudonym, client_id, credential, begun_at, platform, acr, amr, auth_time, cookie_hash)
       select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'p', 'c', gen_random_uuid(), now(), 'x', 'phr', '{}', 0, ''
       from generate_series(1, 20000)`,
    );
    await asAdmin('analyze session.session');
    const plans = [
      [`select * from session.session s where s.id = '${session}'`, 'session_pkey'],
      [
        `select * from session.session s where s.tenant = '${house.bank.tenant}' and s.subject = '${uuidv7()}' and s.ended_at is null`,
        'session_of_subject',
      ],
      [
        `select * from session.session s where s.tenant = '${house.bank.tenant}' and s.ended_at is null and (s.credential = '${uuidv7()}' or s.elevated_by = '${uuidv7()}')`,
        'session_of_credential',
      ],
    ] as const;
    for (const [query, index] of plans) {
      const plan = JSON.stringify(await asAdmin(`explain ${query}`));
      expect(plan).toContain(index);
      expect(plan).not.toContain('Seq Scan');
    }
  });

  test('what was used just before the service stopped is written while it stops', async () => {
    const { cookie, session } = await house.establish();
    await asAdmin(`update session.session set last_active_at = now() - interval '200 seconds' where id = $1`, [
      session,
    ]);
    await house.check({ cookie }, {}, 1);
    await house.replicas[1]!.stop();
    const [row] = await asAdmin<{ fresh: boolean }>(
      `select last_active_at > now() - interval '60 seconds' as fresh from session.session where id = $1`,
      [session],
    );
    expect(row).toEqual({ fresh: true });
  });
});
