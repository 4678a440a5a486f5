import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { PLATFORM_SLUG, PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { OPERATORS_CLIENT } from '../src/index.js';
import { registrableLabel } from '../src/control/registrable-label.js';
import { PLATFORM, TenantHouse, type Control } from './house.js';

let house: TenantHouse;
let control: Control;
let watching: Control;
let other: Control;
beforeAll(async () => {
  house = await TenantHouse.open();
  ({ control, watching } = await house.replica());
  ({ control: other } = await house.replica());
});
afterAll(() => house.stop());

const call = () => house.installation.call();
const WEB = {
  type: 'web',
  name: 'Banking',
  origins: ['https://bank.example'],
  scopes: [],
  jwks: '',
  withSecret: false,
  relatedOrigins: [],
};
const SERVER = { ...WEB, type: 'server', origins: [], scopes: ['subjects:write'], withSecret: true };
const newTenant = async (): Promise<string> => {
  const slug = `bank-${uuidv7().slice(-12)}`;
  await control.createTenant({ slug, name: 'A bank', rpId: 'bank.example' }, call());
  return slug;
};
const newest = async (slug: string) => {
  const { snapshots } = await watching.watch({ after: 0n, limit: 500, waitMs: 0 }, call());
  const read = await Promise.all(snapshots.map(({ jws }) => house.read(jws)));
  return read.find(({ snapshot }) => snapshot.slug === slug)!;
};
const eventsOf = async (tenant: string) =>
  (await house.installation.events('tenant')).filter((event) => event.tenant === tenant);

describe('the built-in tenant', () => {
  test('is there from the start, once, with its one application, however many replicas start', async () => {
    const { snapshot } = await newest(PLATFORM_SLUG);
    expect(snapshot).toMatchObject({ tenant: PLATFORM_TENANT, rpId: 'localhost', version: 1, policyVersion: 1 });
    expect(snapshot.applications).toEqual([
      { clientId: OPERATORS_CLIENT, name: 'Operators', type: 'web', origins: ['http://localhost:8400'], scopes: [] },
    ]);
    expect(await eventsOf(PLATFORM_TENANT)).toEqual([expect.objectContaining({ type: 'tenant.created' })]);
  });

  test('follows the origins of the settings, and refuses a start with another RP id', async () => {
    const moved = await house.replica({ ...PLATFORM, platformOrigins: 'http://localhost:9400,http://localhost' });
    const { snapshot } = await newest(PLATFORM_SLUG);
    expect(snapshot.version).toBe(2);
    expect(snapshot.applications[0]!.origins).toEqual(['http://localhost:9400', 'http://localhost']);
    await moved.started.stop();
    const elsewhere = { platformRpId: 'bank.example', platformOrigins: 'https://bank.example' };
    await expect(house.replica(elsewhere)).rejects.toThrow(
      /COUNTERSIGN_PLATFORM_RP_ID: operators have enrolled for localhost/,
    );
    await expect(house.replica({ ...PLATFORM, platformOrigins: 'https://bank.example' })).rejects.toThrow(
      /COUNTERSIGN_PLATFORM_ORIGINS: must be localhost/,
    );
  });
});

describe('a tenant', () => {
  test('starts with the strict policy as version 1, its snapshot and its event', async () => {
    const slug = await newTenant();
    const { snapshot } = await newest(slug);
    expect(snapshot).toMatchObject({ slug, version: 1, policyVersion: 1, applications: [], operators: [] });
    const policy = await control.getPolicy({ tenant: slug }, call());
    expect(policy.version).toBe(1);
    expect(JSON.parse(policy.document)).toEqual(snapshot.policy);
    const events = await eventsOf(snapshot.tenant);
    expect(events).toEqual([expect.objectContaining({ type: 'tenant.created', outcome: 'success', policy: 1 })]);
  });

  test('a slug is given once; the refusal is on record and nothing else changed', async () => {
    const slug = await newTenant();
    const again = control.createTenant({ slug, name: 'Another', rpId: 'bank.example' }, call());
    await expect(again).rejects.toMatchObject({ code: 'tenant_slug_taken' });
    const refused = (await eventsOf(PLATFORM_TENANT)).at(-1);
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
    for (let n = 0; n < 3; n++) await newTenant();
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

describe('an application', () => {
  test('R25 · a secret is told once; only its hash is stored and signed', async () => {
    const slug = await newTenant();
    const { application, clientSecret } = await control.createApplication({ tenant: slug, ...SERVER }, call());
    expect(application).toMatchObject({ type: 'server', hasSecret: true, scopes: ['subjects:write'] });
    expect(Buffer.from(clientSecret, 'base64url')).toHaveLength(32);
    const { snapshot } = await newest(slug);
    expect(snapshot.applications[0]!.secretHash).toMatch(/^[\w-]{43}$/);
    const kept = await withClient(house.installation.database.adminUrl, async (client) => {
      const { rows } = await client.query('select row_to_json(a)::text as row from tenant.application a');
      return JSON.stringify(rows) + JSON.stringify(await house.installation.events('tenant'));
    });
    expect(kept).not.toContain(clientSecret);
    const { applications } = await control.listApplications({ tenant: slug }, call());
    expect(applications).toEqual([application]);
  });

  test('a web application appears in the snapshot as registered, and an invalid one changes nothing', async () => {
    const slug = await newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    const wrong = control.createApplication({ tenant: slug, ...WEB, origins: ['http://bank.example'] }, call());
    await expect(wrong).rejects.toMatchObject({
      code: 'application_invalid',
      details: { errors: [{ path: 'origins.0' }] },
    });
    const { snapshot } = await newest(slug);
    expect(snapshot.version).toBe(2);
    const { clientId, name, type, origins, scopes } = application!;
    expect(snapshot.applications).toEqual([{ clientId, name, type, origins, scopes }]);
    const types = (await eventsOf(snapshot.tenant)).map(({ type, outcome, code }) => [type, outcome, code]);
    expect(types).toEqual([
      ['tenant.created', 'success', ''],
      ['application.created', 'success', ''],
      ['application.created', 'refused', 'application_invalid'],
    ]);
  });
});

describe('an application that changes', () => {
  const changing = async (slug: string, clientId: string, to: object) =>
    control.updateApplication(
      { tenant: slug, clientId, name: 'A', origins: [], relatedOrigins: [], scopes: [], jwks: '', ...to },
      call(),
    );
  const jwks = (kid: string): string => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] });
  };

  test('BCB-16.namespace · is in the next snapshot and the log, under the same client id and type', async () => {
    const slug = await newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    const to = { name: 'Bank', origins: ['https://login.bank.example'], relatedOrigins: ['https://bank.test'] };
    const answer = await changing(slug, application!.clientId, to);
    expect(answer).toMatchObject({ changed: true, application: { relatedOrigins: ['https://bank.test'] } });
    const { snapshot } = await newest(slug);
    expect(snapshot.version).toBe(3);
    expect(snapshot.applications).toEqual([
      {
        clientId: application!.clientId,
        type: 'web',
        name: 'Bank',
        origins: ['https://login.bank.example', 'https://bank.test'],
        scopes: [],
      },
    ]);
    expect((await eventsOf(snapshot.tenant)).at(-1)).toMatchObject({
      type: 'application.changed',
      outcome: 'success',
      client: application!.clientId,
      facts: { changed: 'name origins' },
    });
  });

  test('BCB-16.namespace · to what it is already signs and records nothing', async () => {
    const slug = await newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    const { changed } = await changing(slug, application!.clientId, { name: WEB.name, origins: WEB.origins });
    const { snapshot } = await newest(slug);
    expect([changed, snapshot.version, (await eventsOf(snapshot.tenant)).length]).toEqual([false, 2, 2]);
  });

  test('of a server takes other keys; keys take the place of a secret, which is then gone', async () => {
    const slug = await newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...SERVER }, call());
    const { clientId } = application!;
    const to = { name: SERVER.name, scopes: ['subjects:read', 'audit:read'] };
    await changing(slug, clientId, to);
    const kept = (await newest(slug)).snapshot.applications[0]!;
    expect(kept).toMatchObject({ scopes: to.scopes, secretHash: expect.any(String) });
    await changing(slug, clientId, { ...to, jwks: jwks('one') });
    await changing(slug, clientId, { ...to, jwks: jwks('two') });
    const now = (await newest(slug)).snapshot.applications[0]!;
    expect([now.secretHash, now.jwks!.keys.map(({ kid }) => kid)]).toEqual([undefined, ['two']]);
    await expect(changing(slug, clientId, to)).rejects.toMatchObject({ code: 'application_invalid' });
  });

  test.each([
    ['a foreign origin', { origins: ['https://elsewhere.test'] }, 'origins.0'],
    ['scopes', { origins: WEB.origins, scopes: ['subjects:read'] }, 'scopes'],
    ['no name', { name: '', origins: WEB.origins }, 'name'],
  ])('BCB-16.namespace · to %s is refused, on record, and nothing changed', async (_, to, path) => {
    const slug = await newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    await expect(changing(slug, application!.clientId, to)).rejects.toMatchObject({
      code: 'application_invalid',
      details: { errors: [expect.objectContaining({ path })] },
    });
    const { snapshot } = await newest(slug);
    expect([snapshot.version, (await eventsOf(snapshot.tenant)).at(-1)]).toEqual([
      2,
      expect.objectContaining({ type: 'application.changed', outcome: 'refused', code: 'application_invalid' }),
    ]);
  });

  test('BCB-16.namespace · of another tenant is unknown; the operators’ own follows the settings', async () => {
    const { application } = await control.createApplication({ tenant: await newTenant(), ...WEB }, call());
    const foreign = changing(await newTenant(), application!.clientId, { origins: WEB.origins });
    await expect(foreign).rejects.toMatchObject({ code: 'application_unknown' });
    const operators = changing(PLATFORM_SLUG, OPERATORS_CLIENT, { origins: ['http://localhost:1'] });
    await expect(operators).rejects.toMatchObject({ code: 'application_invalid' });
  });

  test('WebAuthn L3 §5.11 · its own labels before do not count against those after', async () => {
    const slug = await newTenant();
    const four = (name: string) => Array.from({ length: 4 }, (_, n) => `https://${name}-${n}.test`);
    const { application } = await control.createApplication(
      { tenant: slug, ...WEB, relatedOrigins: four('before') },
      call(),
    );
    const to = { name: WEB.name, origins: WEB.origins };
    const { clientId } = application!;
    expect(await changing(slug, clientId, { ...to, relatedOrigins: four('after') })).toMatchObject({ changed: true });
    const six = [...four('after'), 'https://fifth.test', 'https://sixth.test'];
    await expect(changing(slug, clientId, { ...to, relatedOrigins: six })).rejects.toMatchObject({
      code: 'application_invalid',
    });
  });
});

describe('related origins', () => {
  const origins = (n: number) => Array.from({ length: n }, (_, i) => `https://bank-${uuidv7().slice(-6)}-${i}.test`);

  test('WebAuthn L3 §5.11 · at most five registrable labels over all applications, also when two are registered at once', async () => {
    const slug = await newTenant();
    const create = (replica: Control, relatedOrigins: string[]) =>
      replica.createApplication({ ...WEB, tenant: slug, relatedOrigins }, call());
    const shared = ['https://bank.co.uk', 'https://www.bank.de', 'https://bank.github.io'];
    const { application } = await create(control, shared);
    expect(application!.origins).toEqual([...WEB.origins, ...shared]);
    const outcomes = await Promise.allSettled([control, other, control].map((replica) => create(replica, origins(2))));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(create(control, origins(1))).rejects.toMatchObject({
      code: 'application_invalid',
      details: { errors: [expect.objectContaining({ path: 'relatedOrigins' })] },
    });
    expect((await newest(slug)).snapshot.applications).toHaveLength(3);
  });

  test.each([
    ['login.bank.co.uk', 'bank'],
    ['bank.example', 'bank'],
    ['a.b.bank.github.io', 'bank'],
    ['co.uk', undefined],
    ['github.io', undefined],
    ['localhost', undefined],
  ])('the registrable label of %s is %s', (host, label) => {
    expect(registrableLabel(host)).toBe(label);
  });
});

describe('a policy', () => {
  const put = (slug: string, document: object, basedOn: number, by = control) =>
    by.putPolicy({ tenant: slug, document: JSON.stringify(document), basedOn }, call());

  test('every version is kept, one is in force', async () => {
    const slug = await newTenant();
    expect(await put(slug, { counter: 'refuse' }, 1)).toEqual({ version: 2 });
    expect(await put(slug, {}, 2)).toEqual({ version: 3 });
    const { snapshot } = await newest(slug);
    expect(snapshot).toMatchObject({ version: 3, policyVersion: 3, policy: { counter: 'suspend' } });
    const kept = await withClient(house.installation.database.adminUrl, (client) =>
      client.query(
        'select version, document->>$1 as counter from tenant.policy_version where tenant = $2 order by version',
        ['counter', snapshot.tenant],
      ),
    );
    expect(kept.rows.map(({ counter }: { counter: string }) => counter)).toEqual(['suspend', 'refuse', 'suspend']);
  });

  test('a change made from a version that is not in force is refused', async () => {
    const slug = await newTenant();
    await put(slug, { counter: 'refuse' }, 1);
    for (const basedOn of [0, 1, 3])
      await expect(put(slug, {}, basedOn)).rejects.toMatchObject({ code: 'policy_conflict' });
    expect((await newest(slug)).snapshot.version).toBe(2);
  });

  test('of 16 changes from one version on two replicas exactly one comes into force', async () => {
    const slug = await newTenant();
    const tries = Array.from({ length: 16 }, (_, n) =>
      put(slug, { sessions: { inactivity: 60 + n } }, 1, n % 2 ? control : other),
    );
    const done = await Promise.allSettled(tries);
    const winner = done.findIndex(({ status }) => status === 'fulfilled');
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { snapshot } = await newest(slug);
    expect(snapshot).toMatchObject({ policyVersion: 2, policy: { sessions: { inactivity: 60 + winner } } });
  });

  test('an invalid document is refused with its paths', async () => {
    const slug = await newTenant();
    const errors = [{ path: 'sessions.accessToken', message: expect.any(String) }];
    await expect(put(slug, { sessions: { accessToken: 1 } }, 1)).rejects.toMatchObject({
      code: 'policy_invalid',
      details: { errors },
    });
  });
});

describe('an operator', () => {
  test('is listed and signed with its roles; adding again replaces them', async () => {
    const slug = await newTenant();
    const subject = uuidv7();
    await control.addOperator({ tenant: slug, subject, roles: ['auditor'] }, call());
    await control.addOperator({ tenant: slug, subject, roles: ['admin', 'auditor'] }, call());
    const { operators } = await control.listOperators({ tenant: slug }, call());
    expect(operators).toEqual([{ subject, roles: ['admin', 'auditor'] }]);
    const { snapshot } = await newest(slug);
    expect(snapshot).toMatchObject({ version: 3, operators });
    const events = await eventsOf(snapshot.tenant);
    expect(events.at(-1)).toMatchObject({ type: 'operator.added', facts: { roles: 'admin auditor' } });
    expect(JSON.stringify(events)).not.toContain(subject);
  });
});
