import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkRowSecurity, withClient } from '@countersign/database';
import { PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { publicKeyOf } from '@countersign/keys';
import { createLog } from '@countersign/platform';
import { SnapshotStore } from '@countersign/service-base';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLATFORM, TenantHouse, type Control } from './house.js';

let house: TenantHouse;
let first: { control: Control; watching: Control };
let second: { control: Control; watching: Control };
beforeAll(async () => {
  house = await TenantHouse.open();
  first = await house.replica();
  second = await house.replica();
});
afterAll(() => house.stop());

const call = (withinMs?: number) => house.installation.call(withinMs);
const newTenant = async (): Promise<string> => {
  const slug = `bank-${uuidv7().slice(-12)}`;
  await first.control.createTenant({ slug, name: 'A bank', rpId: 'bank.example' }, call());
  return slug;
};
const web = (tenant: string, n: number) => ({
  tenant,
  type: 'web',
  name: `Banking ${n}`,
  origins: [`https://h${n}.bank.example`],
  scopes: [],
  jwks: '',
  withSecret: false,
  relatedOrigins: [],
});
const watch = async (after: bigint, limit = 500, waitMs = 0, by = first) =>
  (await by.watching.watch({ after, limit, waitMs }, call(20_000))).snapshots;
/** All pages after a number. */
const everything = async (after = 0n) => {
  const all: Awaited<ReturnType<typeof watch>> = [];
  for (let page = await watch(after); page.length > 0; page = await watch(all.at(-1)!.sequence)) all.push(...page);
  return all;
};
const newest = async () => (await everything()).at(-1)!;
const head = async (): Promise<bigint> => (await newest()).sequence;

describe('R32 · snapshots', () => {
  test('R32 · are signed for ten years under the class of snapshots, with the key of that name', async () => {
    await newTenant();
    const { kid, iat, exp } = await house.read((await newest()).jws);
    expect(kid).toBe('file:snapshot/1');
    expect(exp - iat).toBe(10 * 365 * 86_400);
  });

  test('R32 · 40 changes of one tenant on two replicas at once: versions and numbers without a gap, none lost', async () => {
    const slug = await newTenant();
    const before = await head();
    const seen: bigint[] = [];
    const versions: number[] = [];
    const follower = (async () => {
      for (let after = before; after < before + 40n;) {
        for (const { sequence, jws } of await watch(after, 10, 2_000, second)) {
          seen.push((after = sequence));
          versions.push((await house.read(jws)).snapshot.version);
        }
      }
    })();
    const changes = Array.from({ length: 40 }, (_, n) =>
      (n % 2 ? first : second).control.createApplication(web(slug, n), call()),
    );
    await Promise.all([follower, ...changes]);
    expect(seen.at(-1)).toBe(before + 40n);
    expect(seen).toEqual([...seen].sort((a, b) => Number(a - b)));
    // One tenant, one number and one version a change: both move in step.
    expect(versions.map((version, n) => BigInt(version) - seen[n]!)).toEqual(seen.map(() => 1n - before));
    const { snapshot } = await house.read((await newest()).jws);
    expect(snapshot.version).toBe(41);
    expect(new Set(snapshot.applications.map(({ name }) => name)).size).toBe(40);
    const events = await house.installation.events('tenant');
    expect(
      events.filter(({ tenant, type }) => tenant === snapshot.tenant && type === 'application.created'),
    ).toHaveLength(40);
  });

  test('R32 · a change that is refused late leaves no number, version or event behind', async () => {
    const slug = await newTenant();
    const before = await head();
    const anchors = Array.from({ length: 20 }, () => 'A'.repeat(8_188));
    const big = { webauthn: { attestation: { anchors } } };
    await first.control.putPolicy({ tenant: slug, document: JSON.stringify(big), basedOn: 1 }, call());
    const origins = Array.from(
      { length: 32 },
      (_, n) => `https://${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.h${n}.bank.example`,
    );
    let added = 0;
    const fill = async (): Promise<void> => {
      for (; added < 200; added++) await first.control.createApplication({ ...web(slug, added), origins }, call());
    };
    await expect(fill()).rejects.toMatchObject({ code: 'tenant_too_large' });
    expect(await head()).toBe(before + 1n + BigInt(added));
    const { applications } = await first.control.listApplications({ tenant: slug }, call());
    expect(applications).toHaveLength(added);
    const { jws } = await newest();
    expect(jws.length).toBeLessThanOrEqual(512 * 1024);
  });

  test('answers stay within 700 KiB, and a single snapshot always goes', async () => {
    const slug = await newTenant();
    const big = JSON.stringify({
      webauthn: { attestation: { anchors: Array.from({ length: 20 }, () => 'A'.repeat(8_188)) } },
    });
    for (const each of [slug, await newTenant(), await newTenant(), await newTenant()])
      await first.control.putPolicy({ tenant: each, document: big, basedOn: 1 }, call());
    const pages: number[] = [];
    const sequences: bigint[] = [];
    for (let after = 0n; ;) {
      const page = await watch(after);
      if (page.length === 0) break;
      pages.push(page.reduce((sum, { jws }) => sum + jws.length, 0));
      sequences.push(...page.map(({ sequence }) => sequence));
      after = page.at(-1)!.sequence;
    }
    expect(pages.length).toBeGreaterThan(1);
    for (const bytes of pages) expect(bytes).toBeLessThanOrEqual(700 * 1024);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => Number(a - b)));
    expect(await watch(0n, 1)).toHaveLength(1);
  });

  test('a waiting watcher hears of a change on its own replica and on the other one', async () => {
    for (const replica of [first, second]) {
      const before = await head();
      const waiting = watch(before, 10, 10_000, replica);
      await sleep(50);
      const slug = await newTenant();
      const [heard] = await waiting;
      expect((await house.read(heard!.jws)).snapshot.slug).toBe(slug);
    }
  });

  test('a watcher that hears nothing gets an empty answer before its deadline', async () => {
    const after = await head();
    const answer = await first.watching.watch({ after, limit: 10, waitMs: 60_000 }, call(900));
    expect(answer.snapshots).toHaveLength(0);
  });

  test('a replica that stops lets its watchers go', async () => {
    const leaving = await house.replica();
    const waiting = leaving.watching.watch({ after: await head(), limit: 10, waitMs: 20_000 }, call(25_000));
    await sleep(50);
    await leaving.started.stop();
    expect((await waiting).snapshots).toHaveLength(0);
  });
});

describe('R32 · a service', () => {
  test('R32 · follows, never goes back to an older snapshot, and starts from what it holds', async () => {
    const slug = await newTenant();
    const database = house.installation.database.open('challenge');
    const jwks = await house.trusted();
    const trusted = { key: (kid: string) => jwks.filter((jwk) => jwk.kid === kid).map(publicKeyOf)[0] };
    const old = await newest();
    await first.control.createApplication(web(slug, 1), call());
    const fresh = await newest();
    const answers = [[fresh], [{ ...old, sequence: fresh.sequence + 1n }], []];
    const replayed = { watch: async () => ({ snapshots: answers.shift() ?? (await sleep(50), []) }) };
    const following = new SnapshotStore(database, replayed, trusted, createLog('silent'));
    await following.start();
    while (answers.length > 0) await sleep(10);
    expect(following.bySlug(slug).version).toBe(2);
    await following.stop();

    const down = { watch: () => Promise.reject(new Error('down')) };
    const restarted = new SnapshotStore(database, down, trusted, createLog('silent'));
    await restarted.start();
    expect(restarted.bySlug(slug)).toMatchObject({ version: 2, applications: [{ name: 'Banking 1' }] });
    expect(restarted.ready()).toBe(true);
    await restarted.stop();
  });

  test('R32 · after a rotation every snapshot is signed by the new key, as a newer version, and verifies', async () => {
    const slug = await newTenant();
    const versionOf = async () => {
      const all = await Promise.all((await everything()).map(({ jws }) => house.read(jws)));
      return all.find(({ snapshot }) => snapshot.slug === slug)!;
    };
    const before = await versionOf();
    await house.keys.activate((await house.keys.prepare('snapshot')).id);
    await sleep(1_100);
    const { signed, keyId } = await second.control.signSnapshots({}, call());
    expect(keyId).toBe('file:snapshot/2');
    expect(signed).toBeGreaterThan(1);
    const after = await versionOf();
    expect(after).toMatchObject({ kid: keyId, snapshot: { ...before.snapshot, version: before.snapshot.version + 1 } });
    expect(await first.control.signSnapshots({}, call())).toEqual({ signed: 0, keyId });
    const kids = await Promise.all((await everything()).map(async ({ jws }) => (await house.read(jws)).kid));
    expect(new Set(kids)).toEqual(new Set([keyId]));
  });
});

describe('R31 · rows', () => {
  test('R31 · are seen with their tenant only; every table is known', async () => {
    const slug = await newTenant();
    await first.control.createApplication(web(slug, 1), call());
    await first.control.addOperator({ tenant: slug, subject: uuidv7(), roles: ['admin'] }, call());
    const tables = ['tenant', 'policy_version', 'application', 'operator', 'signed_snapshot'];
    const known = Object.fromEntries(tables.map((table) => [`tenant.${table}`, 'tenant' as const]));
    const { name, adminUrl } = house.installation.database;
    const { findings, withoutRows } = await checkRowSecurity(adminUrl, name, {
      ...known,
      'tenant.change_sequence': 'shared',
    });
    expect(
      findings.filter(
        (line) => tables.some((table) => line.startsWith(`tenant.${table} `)) || line.startsWith('tenant.change'),
      ),
    ).toEqual([]);
    expect(withoutRows.filter((table) => table in known)).toEqual([]);
  });

  test('R31 · what is listed across tenants comes from the named functions, not from the tables', async () => {
    const database = house.installation.database.open('tenant');
    const direct = { name: 'direct', text: 'select count(*) as n from tenant' };
    expect((await database.query<{ n: bigint }>(direct)).rows[0]!.n).toBe(0n);
    const seen = await database.inTenant(PLATFORM_TENANT, (tx) => tx.query<{ n: bigint }>(direct));
    expect(seen.rows[0]!.n).toBe(1n);
    const spoil = { name: 'spoil', text: `update signed_snapshot set jws = 'x'` };
    expect((await database.query(spoil)).rowCount).toBe(0);
    const { rows } = await withClient(house.installation.database.adminUrl, (client) =>
      client.query(`select count(*)::int as n from tenant.signed_snapshot where jws = 'x'`),
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('R32 · neither the number nor a snapshot of a tenant goes back in a start with the same settings', async () => {
    const before = await head();
    const again = await house.replica(PLATFORM);
    expect(await head()).toBe(before);
    await again.started.stop();
  });
});
