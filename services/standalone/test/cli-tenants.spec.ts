import { generateKeyPairSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { embeddedAdminUrl } from '@countersign/database';
import { publicUrlOf, keepPublicUrl } from '../src/public-url.js';
import { openDataDir } from '../src/data-dir.js';
import { DATABASE, type Installation } from '../src/installation.js';
import { PUBLIC_URL, countersign, dataDir, file, folder, json, remove, start } from './cli-installation.js';

beforeAll(async () => (await start()).stop(), 60_000);
afterAll(remove);

describe('the command line on an installation of its own', () => {
  test('creates a tenant, lists it, and refuses the slug the second time', async () => {
    const create = ['tenant', 'create', 'bank', '--name', 'A bank', '--rp-id', 'bank.example'];
    const { tenant, issuer } = await json<{ tenant: { slug: string }; issuer: string }>(...create);
    expect([tenant.slug, issuer]).toEqual(['bank', `${PUBLIC_URL}/v1/t/bank`]);
    const { tenants } = await json<{ tenants: { slug: string }[] }>('tenant', 'list');
    expect(tenants.map(({ slug }) => slug)).toEqual(['bank', 'platform']);
    const again = await countersign(...create);
    expect(again).toEqual({ code: 1, out: [], err: ['countersign: This slug is taken (tenant_slug_taken)'] });
  }, 60_000);
});

/** Each command would start and stop the database for itself; that it does so is shown above. */
describe('the command line beside a running installation', () => {
  let running: Installation;
  beforeAll(async () => {
    running = await start();
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  test('registers a web page, a server with keys, and a server with a secret that it prints once', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keys = file('public.json', { keys: [publicKey.export({ format: 'jwk' })] });
    const create = ['application', 'create', '--tenant', 'bank'];
    await json(
      ...create,
      '--name',
      'Web',
      '--type',
      'web',
      '--origin',
      'https://bank.example',
      '--origin',
      'https://my.bank.example',
    );
    const server = [...create, '--type', 'server', '--scope', 'subjects:write', '--scope', 'introspect'];
    await json(...server, '--name', 'Signs', '--jwks', keys);
    const told = await json<{ clientSecret: string }>(...server, '--name', 'Knows', '--secret');
    expect(told.clientSecret).toMatch(/^[\w-]{43}$/);
    const { applications } = await json<{ applications: object[] }>('application', 'list', '--tenant', 'bank');
    expect(applications).toMatchObject([
      { name: 'Web', type: 'web', origins: ['https://bank.example', 'https://my.bank.example'], hasSecret: false },
      { name: 'Signs', type: 'server', jwks: { keys: [{ kty: 'EC' }] } },
      { name: 'Knows', type: 'server', scopes: ['subjects:write', 'introspect'], hasSecret: true },
    ]);
    expect(JSON.stringify(applications)).not.toContain(told.clientSecret);
    const leaked = file('private.json', { keys: [privateKey.export({ format: 'jwk' })] });
    const refused = await countersign(...server, '--name', 'Careless', '--jwks', leaked);
    expect(refused.code).toBe(1);
    expect(refused.err[0]).toMatch(/application_invalid.*jwks\.keys\.0: has the private member `d`/);
  }, 60_000);

  test('puts a policy into force, telling what changes, and refuses an invalid one before anything starts', async () => {
    const policy = file('policy.json', { actions: { 'payee.add': { maxAge: 60 } } });
    const put = ['policy', 'put', '--tenant', 'bank', '--file', policy];
    const changed = ['+ actions.payee.add.acr: "phr"', '+ actions.payee.add.maxAge: 60'];
    expect((await countersign(...put, '--dry-run')).out).toEqual([...changed, 'nothing was changed (--dry-run)']);
    expect((await countersign(...put)).out).toEqual([...changed, 'version 2 is in force']);
    expect((await countersign(...put)).out).toEqual(['nothing changes']);
    const other = file('other.json', { counter: 'refuse' });
    const stale = await countersign('policy', 'put', '--tenant', 'bank', '--file', other, '--based-on', '1');
    expect(stale.err[0]).toContain('policy_conflict');
    const wrong = file('wrong.json', { sessions: { inactivity: 1 } });
    const invalid = await countersign('policy', 'put', '--tenant', 'bank', '--file', wrong);
    expect(invalid.err[0]).toMatch(/policy_invalid.*sessions\.inactivity/);
    const strict = file('strict.json', { webauthn: { assurance: { level: 'device-bound-attested' } } });
    const preview = await json<object>('policy', 'preview', strict, '--tenant', 'bank');
    const nobody = { devices: 0, affected: 0, findings: [], affectedDevices: [], condemned: 0, models: [] };
    expect(preview).toEqual({ tenant: 'bank', basedOn: 2, ...nobody });
    const nowhere = file('nowhere.json', { applications: { 'no-app': {} } });
    const unknown = await countersign('policy', 'put', '--tenant', 'bank', '--file', nowhere);
    expect(unknown.err[0]).toMatch(/policy_invalid.*applications\.no-app: is no client id of this tenant/);
    const shown = await json<{ version: number; policy: { actions: object } }>('policy', 'show', '--tenant', 'bank');
    expect(shown).toMatchObject({ version: 2, policy: { actions: { 'payee.add': { acr: 'phr', maxAge: 60 } } } });
  }, 60_000);

  test('invites an operator by a link that carries the ticket in its fragment, and not twice by mistake', async () => {
    const invite = ['operator', 'invite', '--tenant', 'bank', '--role', 'admin', '--name', 'First Operator'];
    const { link, pin, subject } = await json<{ link: string; pin: string; subject: string }>(...invite, '--pin');
    expect(link).toMatch(new RegExp(`^${PUBLIC_URL}/operator#ticket=[\\w-]+$`));
    expect(pin).toMatch(/^\d{6,}$/);
    const { operators } = await json<{ operators: object[] }>('operator', 'list', '--tenant', 'bank');
    expect(operators).toEqual([{ subject, roles: ['admin'] }]);
    const again = await countersign(...invite);
    expect([again.code, again.err[0]]).toEqual([1, expect.stringMatching(/an operator of this name exists/)]);
    const more = await json<{ subject: string; link: string }>(...invite, '--role', 'auditor', '--existing');
    expect(more.subject).toBe(subject);
    expect(more.link).not.toBe(link);
    const nowhere = await countersign(
      'operator',
      'invite',
      '--tenant',
      'nobody',
      '--role',
      'admin',
      '--name',
      'Second',
    );
    expect(nowhere.err[0]).toContain('tenant_unknown');
  }, 60_000);
});

describe('an installation that is not there', () => {
  test('is not made by a command', async () => {
    const missing = join(folder, 'missing');
    const { code, err } = await countersign('tenant', 'list', '--data-dir', missing);
    expect([code, err]).toEqual([1, [`countersign: there is no installation at ${missing}; npm start makes one`]]);
    expect(() => rmSync(missing)).toThrow('ENOENT');
  });

  test('where it was reached is remembered by the installation', () => {
    const data = openDataDir(join(folder, 'other'));
    expect(publicUrlOf(data)).toBeUndefined();
    keepPublicUrl(data, PUBLIC_URL);
    expect(publicUrlOf(data)).toBe(PUBLIC_URL);
    expect(new URL(embeddedAdminUrl(openDataDir(dataDir).postgres)!).searchParams.get('host')).toMatch(/^\//);
    expect(DATABASE).toBe('countersign');
  });
});
