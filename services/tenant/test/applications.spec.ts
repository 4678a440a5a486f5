import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withClient } from '@countersign/database';
import { PLATFORM_SLUG, uuidv7 } from '@countersign/kernel';
import { OPERATORS_CLIENT } from '../src/index.js';
import { registrableLabel } from '../src/control/registrable-label.js';
import { ControlPlane, WEB } from './control-plane.js';
import type { Control } from './house.js';

let plane: ControlPlane;
let control: Control;
let other: Control;
beforeAll(async () => {
  plane = await ControlPlane.open();
  ({ control, other } = plane);
});
afterAll(() => plane.house.stop());

const call = () => plane.call();
const SERVER = { ...WEB, type: 'server', origins: [], scopes: ['subjects:write'], withSecret: true };

describe('an application', () => {
  test('R25 · a secret is told once; only its hash is stored and signed', async () => {
    const slug = await plane.newTenant();
    const { application, clientSecret } = await control.createApplication({ tenant: slug, ...SERVER }, call());
    expect(application).toMatchObject({ type: 'server', hasSecret: true, scopes: ['subjects:write'] });
    expect(Buffer.from(clientSecret, 'base64url')).toHaveLength(32);
    const { snapshot } = await plane.newest(slug);
    expect(snapshot.applications[0]!.secretHash).toMatch(/^[\w-]{43}$/);
    const kept = await withClient(plane.house.installation.database.adminUrl, async (client) => {
      const { rows } = await client.query('select row_to_json(a)::text as row from tenant.application a');
      return JSON.stringify(rows) + JSON.stringify(await plane.house.installation.events('tenant'));
    });
    expect(kept).not.toContain(clientSecret);
    const { applications } = await control.listApplications({ tenant: slug }, call());
    expect(applications).toEqual([application]);
  });

  test('a web application appears in the snapshot as registered, and an invalid one changes nothing', async () => {
    const slug = await plane.newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    const wrong = control.createApplication({ tenant: slug, ...WEB, origins: ['http://bank.example'] }, call());
    await expect(wrong).rejects.toMatchObject({
      code: 'application_invalid',
      details: { errors: [{ path: 'origins.0' }] },
    });
    const { snapshot } = await plane.newest(slug);
    expect(snapshot.version).toBe(2);
    const { clientId, name, type, origins, scopes } = application!;
    expect(snapshot.applications).toEqual([{ clientId, name, type, origins, scopes }]);
    const types = (await plane.eventsOf(snapshot.tenant)).map(({ type, outcome, code }) => [type, outcome, code]);
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
    const slug = await plane.newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    const to = { name: 'Bank', origins: ['https://login.bank.example'], relatedOrigins: ['https://bank.test'] };
    const answer = await changing(slug, application!.clientId, to);
    expect(answer).toMatchObject({ changed: true, application: { relatedOrigins: ['https://bank.test'] } });
    const { snapshot } = await plane.newest(slug);
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
    expect((await plane.eventsOf(snapshot.tenant)).at(-1)).toMatchObject({
      type: 'application.changed',
      outcome: 'success',
      client: application!.clientId,
      facts: { changed: 'name origins' },
    });
  });

  test('BCB-16.namespace · to what it is already signs and records nothing', async () => {
    const slug = await plane.newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    const { changed } = await changing(slug, application!.clientId, { name: WEB.name, origins: WEB.origins });
    const { snapshot } = await plane.newest(slug);
    expect([changed, snapshot.version, (await plane.eventsOf(snapshot.tenant)).length]).toEqual([false, 2, 2]);
  });

  test('of a server takes other keys; keys take the place of a secret, which is then gone', async () => {
    const slug = await plane.newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...SERVER }, call());
    const { clientId } = application!;
    const to = { name: SERVER.name, scopes: ['subjects:read', 'audit:read'] };
    await changing(slug, clientId, to);
    const kept = (await plane.newest(slug)).snapshot.applications[0]!;
    expect(kept).toMatchObject({ scopes: to.scopes, secretHash: expect.any(String) });
    await changing(slug, clientId, { ...to, jwks: jwks('one') });
    await changing(slug, clientId, { ...to, jwks: jwks('two') });
    const now = (await plane.newest(slug)).snapshot.applications[0]!;
    expect([now.secretHash, now.jwks!.keys.map(({ kid }) => kid)]).toEqual([undefined, ['two']]);
    await expect(changing(slug, clientId, to)).rejects.toMatchObject({ code: 'application_invalid' });
  });

  test.each([
    ['a foreign origin', { origins: ['https://elsewhere.test'] }, 'origins.0'],
    ['scopes', { origins: WEB.origins, scopes: ['subjects:read'] }, 'scopes'],
    ['no name', { name: '', origins: WEB.origins }, 'name'],
  ])('BCB-16.namespace · to %s is refused, on record, and nothing changed', async (_, to, path) => {
    const slug = await plane.newTenant();
    const { application } = await control.createApplication({ tenant: slug, ...WEB }, call());
    await expect(changing(slug, application!.clientId, to)).rejects.toMatchObject({
      code: 'application_invalid',
      details: { errors: [expect.objectContaining({ path })] },
    });
    const { snapshot } = await plane.newest(slug);
    expect([snapshot.version, (await plane.eventsOf(snapshot.tenant)).at(-1)]).toEqual([
      2,
      expect.objectContaining({ type: 'application.changed', outcome: 'refused', code: 'application_invalid' }),
    ]);
  });

  test('BCB-16.namespace · of another tenant is unknown; the operators’ own follows the settings', async () => {
    const { application } = await control.createApplication({ tenant: await plane.newTenant(), ...WEB }, call());
    const foreign = changing(await plane.newTenant(), application!.clientId, { origins: WEB.origins });
    await expect(foreign).rejects.toMatchObject({ code: 'application_unknown' });
    const operators = changing(PLATFORM_SLUG, OPERATORS_CLIENT, { origins: ['http://localhost:1'] });
    await expect(operators).rejects.toMatchObject({ code: 'application_invalid' });
  });

  test('WebAuthn L3 §5.11 · its own labels before do not count against those after', async () => {
    const slug = await plane.newTenant();
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
    const slug = await plane.newTenant();
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
    expect((await plane.newest(slug)).snapshot.applications).toHaveLength(3);
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
