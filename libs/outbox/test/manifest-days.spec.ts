import { beforeEach, describe, expect, test } from '@jest/globals';
import { retireDays } from '../src/manifest-rows.js';
import { DAY, MINUTE, append, as, cover, idAt, manifests, pool, sent, tenant, withManifests } from './manifests.js';

withManifests();

describe('R18 · days are partitions', () => {
  const old = Math.floor((Date.now() - 9 * DAY) / DAY) * DAY;
  const day = new Date(old).toISOString().slice(0, 10);
  const name = `outbox_${day.replaceAll('-', '')}`;
  beforeEach(() =>
    as(`set role cs_source_owner; set search_path = source; create table if not exists ${name}
          partition of outbox for values from (outbox_day_start('${day}')) to (outbox_day_start('${day}'::date + 1))`),
  );
  const present = async (): Promise<boolean> =>
    (await as<{ there: boolean }>(`select to_regclass('source.${name}') is not null as there`))[0]!.there;
  /** As the keeper does: goes on while there is something to count. */
  const retire = async (): Promise<string> => {
    for (;;) {
      const state = (await retireDays(pool, 30)).find((each) => each.day === day)!.state;
      if (state !== 'counting') return state;
    }
  };

  test('CARD-6.consumer · an old one goes when everything in it was sent and covered, and not before', async () => {
    await append(idAt(old + 5 * MINUTE), idAt(old + DAY - 1));
    expect(await retire()).toBe('unsent');
    await sent();
    await pool.query({ name: 'maintain', text: 'select outbox_maintain()' });
    expect(await retire()).toBe('uncovered');
    expect(await present()).toBe(true);
    await cover();
    await retire();
    await cover();
    expect(await retire()).toBe('dropped');
    expect(await present()).toBe(false);
    expect((await manifests()).filter(({ until_at }) => until_at.getTime() <= old + DAY)).toEqual([]);
  });

  test.each([
    [
      'came',
      `insert into source.outbox (event_id, tenant, type, leaf, sent_at) values ('${idAt(old + 1)}', '${tenant}', 'x', 'x', now())`,
    ],
    ['went', `delete from source.outbox where event_id < '${idAt(old + MINUTE)}'`],
  ])(
    'CARD-6.consumer · it stays when a row %s behind the relay’s back, until audit was asked about that',
    async (_, behind) => {
      await append(idAt(old + 2), idAt(old + 3));
      await sent();
      await cover();
      await retire();
      await cover();
      await as(behind);
      expect(await retire()).toBe('differs');
      expect(await present()).toBe(true);
      expect(await retire()).toBe('uncovered');
      await cover();
      expect(await retire()).toBe('dropped');
    },
  );
});
