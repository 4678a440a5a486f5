import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { PLATFORM_SLUG, PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { OPERATORS_CLIENT } from '../src/index.js';
import { ControlPlane, WEB } from './control-plane.js';
import { PLATFORM, type Control } from './house.js';

let plane: ControlPlane;
let control: Control;
let other: Control;
beforeAll(async () => {
  plane = await ControlPlane.open();
  ({ control, other } = plane);
});
afterAll(() => plane.house.stop());

const call = () => plane.call();

describe('the built-in tenant', () => {
  test('is there from the start, once, with its one application, however many replicas start', async () => {
    const { snapshot } = await plane.newest(PLATFORM_SLUG);
    expect(snapshot).toMatchObject({ tenant: PLATFORM_TENANT, rpId: 'localhost', version: 1, policyVersion: 1 });
    expect(snapshot.applications).toEqual([
      { clientId: OPERATORS_CLIENT, name: 'Operators', type: 'web', origins: ['http://localhost:8400'], scopes: [] },
    ]);
    expect(await plane.eventsOf(PLATFORM_TENANT)).toEqual([expect.objectContaining({ type: 'tenant.created' })]);
  });

  test('follows the origins of the settings, and refuses a start with another RP id', async () => {
    const moved = await plane.house.replica({ ...PLATFORM, platformOrigins: 'http://localhost:9400,http://localhost' });
    const { snapshot } = await plane.newest(PLATFORM_SLUG);
    expect(snapshot.version).toBe(2);
    expect(snapshot.applications[0]!.origins).toEqual(['http://localhost:9400', 'http://localhost']);
    await moved.started.stop();
    const elsewhere = { platformRpId: 'bank.example', platformOrigins: 'https://bank.example' };
    await expect(plane.house.replica(elsewhere)).rejects.toThrow(
      /COUNTERSIGN_PLATFORM_RP_ID: operators have enrolled for localhost/,
    );
    await expect(plane.house.replica({ ...PLATFORM, platformOrigins: 'https://bank.example' })).rejects.toThrow(
      /COUNTERSIGN_PLATFORM_ORIGINS: must be localhost/,
    );
  });
});

describe('a tenant', () => {
  test('starts with the strict policy as version 1, its snapshot and its event', async () => {
    const slug = await plane.newTenant();
    const { snapshot } = await plane.newest(slug);
    expect(snapshot).toMatchObject({ slug, version: 1, policyVersion: 1, applications: [], operators: [] });
    const policy = await control.getPolicy({ tenant: slug }, call());
    expect(policy.version).toBe(1);
    expect(JSON.parse(policy.document)).toEqual(snapshot.policy);
    const events = await plane.eventsOf(snapshot.tenant);
    expect(events).toEqual([expect.objectContaining({ type: 'tenant.created', outcome: 'success', policy: 1 })]);
  });

  test('a slug is given once; the refusal is on record and nothing else changed', async () => {
    const slug = await plane.newTenant();
    const again = control.createTenant({ slug, name: 'Another', rpId: 'bank.example' }, call());
    await expect(again).rejects.toMatchObject({ code: 'tenant_slug_taken' });
    const refused = (await plane.eventsOf(PLATFORM_TENANT)).at(-1);
    expect(refused).toMatchObject({ type: 'tenant.created', outcome: 'refused', code: 'tenant_slug_taken' });
  });

  test('of 16 that want one slug at once on two replicas exactly one is created', async () => {
    const slug = `race-${uuidv7().slice(-12)}`;
    const wanted = { slug, name: 'Race', rpId: 'bank.example' };
    const tries = Array.from({ length: 16 }, (_, n) => (n % 2 ? control : other).createTenant(wanted, call()));
    const done = await Promise.allSettled(tries);
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('tenants are listed page by page, each once', async () => {
    for (let n = 0; n < 3; n++) await plane.newTenant();
    const slugs: string[] = [];
    for (let cursor = ''; ;) {
      const page = await control.listTenants({ cursor, limit: 2 }, call());
      slugs.push(...page.tenants.map(({ slug }) => slug));
      cursor = page.nextCursor;
      if (cursor === '') break;
    }
    expect(slugs).toContain(PLATFORM_SLUG);
    expect(slugs).toEqual([...new Set(slugs)].sort());
  });

  test('an unknown one is refused by every method', async () => {
    const tenant = 'nobody';
    const tries = [
      control.createApplication({ tenant, ...WEB }, call()),
      control.updateApplication({ tenant, clientId: 'x', ...WEB }, call()),
      control.listApplications({ tenant }, call()),
      control.getPolicy({ tenant }, call()),
      control.putPolicy({ tenant, document: '{}', basedOn: 1 }, call()),
      control.addOperator({ tenant, subject: uuidv7(), roles: ['admin'] }, call()),
      control.listOperators({ tenant }, call()),
    ];
    for (const each of await Promise.allSettled(tries))
      expect(each).toMatchObject({ reason: { code: 'tenant_unknown' } });
  });
});

describe('a policy', () => {
  const put = (slug: string, document: object, basedOn: number, by = control) =>
    by.putPolicy({ tenant: slug, document: JSON.stringify(document), basedOn }, call());

  test('every version is kept, one is in force', async () => {
    const slug = await plane.newTenant();
    expect(await put(slug, { counter: 'refuse' }, 1)).toEqual({ version: 2 });
    expect(await put(slug, {}, 2)).toEqual({ version: 3 });
    const { snapshot } = await plane.newest(slug);
    expect(snapshot).toMatchObject({ version: 3, policyVersion: 3, policy: { counter: 'suspend' } });
    const kept = await withClient(plane.house.installation.database.adminUrl, (client) =>
      client.query(
        'select version, document->>$1 as counter from tenant.policy_version where tenant = $2 order by version',
        ['counter', snapshot.tenant],
      ),
    );
    expect(kept.rows.map(({ counter }: { counter: string }) => counter)).toEqual(['suspend', 'refuse', 'suspend']);
  });

  test('a change made from a version that is not in force is refused', async () => {
    const slug = await plane.newTenant();
    await put(slug, { counter: 'refuse' }, 1);
    for (const basedOn of [0, 1, 3])
      await expect(put(slug, {}, basedOn)).rejects.toMatchObject({ code: 'policy_conflict' });
    expect((await plane.newest(slug)).snapshot.version).toBe(2);
  });

  test('of 16 changes from one version on two replicas exactly one comes into force', async () => {
    const slug = await plane.newTenant();
    const tries = Array.from({ length: 16 }, (_, n) =>
      put(slug, { sessions: { inactivity: 60 + n } }, 1, n % 2 ? control : other),
    );
    const done = await Promise.allSettled(tries);
    const winner = done.findIndex(({ status }) => status === 'fulfilled');
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { snapshot } = await plane.newest(slug);
    expect(snapshot).toMatchObject({ policyVersion: 2, policy: { sessions: { inactivity: 60 + winner } } });
  });

  test('an invalid document is refused with its paths', async () => {
    const slug = await plane.newTenant();
    const errors = [{ path: 'sessions.accessToken', message: expect.any(String) }];
    await expect(put(slug, { sessions: { accessToken: 1 } }, 1)).rejects.toMatchObject({
      code: 'policy_invalid',
      details: { errors },
    });
  });
});

describe('an operator', () => {
  test('is listed and signed with its roles; adding again replaces them', async () => {
    const slug = await plane.newTenant();
    const subject = uuidv7();
    await control.addOperator({ tenant: slug, subject, roles: ['auditor'] }, call());
    await control.addOperator({ tenant: slug, subject, roles: ['admin', 'auditor'] }, call());
    const { operators } = await control.listOperators({ tenant: slug }, call());
    expect(operators).toEqual([{ subject, roles: ['admin', 'auditor'] }]);
    const { snapshot } = await plane.newest(slug);
    expect(snapshot).toMatchObject({ version: 3, operators });
    const events = await plane.eventsOf(snapshot.tenant);
    expect(events.at(-1)).toMatchObject({ type: 'operator.added', facts: { roles: 'admin auditor' } });
    expect(JSON.stringify(events)).not.toContain(subject);
  });
});
