import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { foreignCredential } from '@countersign/testing';
import { openHouse } from '../src/cli/open-house.js';
import { runCli } from '../src/cli/run-cli.js';
import { openDataDir } from '../src/data-dir.js';
import { openInstallation, type Installation } from '../src/installation.js';
import { newServerKey, publicJwks } from '../src/server-key.js';

const PUBLIC_URL = 'http://localhost:8499';
let folder: string;
let running: Installation;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-tenants-'));
  const data = openDataDir(join(folder, 'data'));
  running = await openInstallation({ data, publicUrl: PUBLIC_URL, logLevel: 'silent', log: () => undefined });
}, 60_000);
afterAll(async () => {
  await running.stop();
  rmSync(running.data.masterKeyFile, { force: true });
  rmSync(folder, { recursive: true });
}, 60_000);

interface Ran {
  code: number;
  out: string[];
  err: string[];
}

async function cli(...argv: string[]): Promise<Ran> {
  const ran: Ran = { code: -1, out: [], err: [] };
  ran.code = await runCli(argv, {
    out: (line) => void ran.out.push(line),
    err: (line) => void ran.err.push(line),
    loadHouse:
      async () =>
      ({ dataDir = running.data.path, settings }) =>
        openHouse(settings === undefined ? { dataDir } : { settings }),
  });
  return ran;
}

const json = async <T>(...argv: string[]): Promise<T> => {
  const ran = await cli(...argv, '--json');
  expect([ran.code, ran.err]).toEqual([0, []]);
  return JSON.parse(ran.out[0]!) as T;
};

function apply(name: string, tenant: object, ...options: string[]): Promise<Ran> {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(tenant));
  return cli('tenant', 'apply', '--file', path, ...options);
}

const keys = () => JSON.parse(publicJwks(newServerKey())) as object;
const bankOf = (slug: string) => ({
  slug,
  name: 'A bank',
  rpId: 'bank.example',
  applications: [
    { name: 'Online banking', type: 'web', origins: ['https://login.bank.example'] },
    { name: 'Core', type: 'server', scopes: ['subjects:write', 'audit:read'], jwks: keys() },
  ],
  policy: { actions: { 'payee.add': { acr: 'phr', maxAge: 60 } } },
});

describe('countersign tenant apply', () => {
  test('BCB-16.namespace · makes tenant, applications and policy, and does nothing the second time', async () => {
    const bank = bankOf('first');
    const made = await apply('first', bank);
    expect([made.code, made.err]).toEqual([0, []]);
    expect(made.out).toEqual(
      expect.arrayContaining([
        '+ tenant first (A bank), RP id bank.example',
        '+ application Online banking (web)',
        '+ application Core (server)',
        '+ policy.actions.payee.add.maxAge: 60',
        'applied to first',
      ]),
    );
    expect(await apply('first', bank)).toEqual({ code: 0, out: ['nothing to do for first'], err: [] });
  });

  test('BCB-16.namespace · prints what differs, changes it under the same client ids, and leaves alone what is not named', async () => {
    const bank = bankOf('second');
    await apply('second', bank);
    const before = await json<{ applications: { clientId: string; name: string }[] }>(
      'application',
      'list',
      '--tenant',
      'second',
    );
    const [web] = bank.applications;
    const idOf = (name: string) => before.applications.find((each) => each.name === name)!.clientId;
    const renamed = { ...web, name: 'Banking', clientId: idOf('Online banking'), origins: ['https://bank.example'] };
    const next = { ...bank, applications: [renamed] };
    const { code, out } = await apply('second', next);
    expect(code).toBe(0);
    expect(out).toEqual(
      expect.arrayContaining([
        '~ application Banking: name: "Online banking" -> "Banking"',
        '~ application Banking: origins: ["https://login.bank.example"] -> ["https://bank.example"]',
        `left alone: application Core (${idOf('Core')}) is not in the file`,
        `  client id  ${idOf('Online banking')}  Banking`,
      ]),
    );
  });

  test('BCB-16.namespace · a policy that leaves devices behind changes nothing at all without --yes', async () => {
    const bank = bankOf('strict');
    await apply('strict', bank);
    const passkey = join(folder, 'passkey.jsonl');
    writeFileSync(passkey, JSON.stringify(foreignCredential({ reference: 'a customer' }).line));
    await json('passkeys', 'import', passkey, '--tenant', 'strict');
    const policy = { webauthn: { assurance: { level: 'device-bound-attested' } } };
    const next = { ...bank, applications: [{ name: 'More', type: 'native' }, ...bank.applications], policy };
    const refused = await apply('strict', next);
    expect([refused.code, refused.out.at(-1)]).toEqual([
      1,
      expect.stringMatching(/nothing was changed: 1 of 1 .*--yes/),
    ]);
    const listed = await json<{ applications: object[] }>('application', 'list', '--tenant', 'strict');
    expect(listed.applications).toHaveLength(2);
    const { code, out } = await apply('strict', next, '--yes');
    expect([code, out]).toEqual([0, expect.arrayContaining(['+ application More (native)', 'applied to strict'])]);
  }, 60_000);

  test('--dry-run changes nothing', async () => {
    const { code, out } = await apply('third', bankOf('third'), '--dry-run');
    expect([code, out.at(-1)]).toEqual([0, 'nothing was changed (--dry-run)']);
    const { tenants } = await json<{ tenants: { slug: string }[] }>('tenant', 'list');
    expect(tenants.map(({ slug }) => slug)).not.toContain('third');
  });

  test.each([
    [
      'the RP id',
      { rpId: 'other.example', applications: [bankOf('fixed').applications[0]] },
      'rpId: is bank.example and cannot become other.example',
    ],
    ['the name', { name: 'Another bank' }, 'name: is A bank and cannot become Another bank'],
    [
      'the type of an application',
      { applications: [{ name: 'Core', type: 'native' }] },
      'applications.0.type: is server and cannot become native',
    ],
    [
      'a client id that is another’s',
      { applications: [{ name: 'Core', clientId: 'nobody', type: 'native' }] },
      'applications.0.clientId: this tenant has no application nobody',
    ],
    [
      'a policy for an application that is not there',
      { policy: { applications: { nobody: {} } } },
      'applications.nobody: is no client id of this tenant',
    ],
  ])('BCB-16.namespace · refuses %s before anything is done', async (_, changes, sentence) => {
    const bank = { ...bankOf('fixed'), policy: {} };
    await apply('fixed', { ...bank, applications: bank.applications.slice(1) });
    const { code, err } = await apply('fixed', {
      ...bank,
      applications: [{ name: 'New', type: 'native' }, ...bank.applications.slice(1)],
      ...changes,
    });
    expect([code, err]).toEqual([1, [expect.stringContaining(sentence)]]);
    const { applications } = await json<{ applications: { name: string }[] }>(
      'application',
      'list',
      '--tenant',
      'fixed',
    );
    expect(applications.map(({ name }) => name)).toEqual(['Core']);
  });
});

describe('countersign tenant onboard', () => {
  test('is readable by a person: no line that is cut, no member without its value', async () => {
    await apply('read', bankOf('read'));
    const { code, out } = await cli('tenant', 'onboard', 'read');
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/In the page[\s\S]*countersign\.stepUp\(\{ name: 'payee\.add'/);
    expect(out.join('\n')).not.toMatch(/undefined|\[object/);
  });

  test('of nobody is refused', async () => {
    expect((await cli('tenant', 'onboard', 'nobody')).err[0]).toContain('tenant_unknown');
  });
});

describe('countersign application update', () => {
  test('BCB-16.namespace · changes what is given and nothing else', async () => {
    await apply('updated', bankOf('updated'));
    const list = () =>
      json<{ applications: { clientId: string; name: string }[] }>('application', 'list', '--tenant', 'updated');
    const [web] = (await list()).applications;
    const update = ['application', 'update', '--tenant', 'updated', '--client-id', web!.clientId];
    expect((await cli(...update, '--origin', 'https://new.bank.example')).code).toBe(0);
    expect((await list()).applications[0]).toEqual({ ...web, origins: ['https://new.bank.example'] });
    expect((await cli(...update)).out).toEqual(['nothing changes']);
  });
});

describe('a folder with a cli.env', () => {
  const TLS = ['CERT', 'KEY', 'CA'].map((name) => `COUNTERSIGN_TLS_${name}_FILE=/nowhere/${name}`);
  const settings = (name: string, lines: string[]): string => {
    const path = mkdtempSync(join(folder, name));
    writeFileSync(join(path, 'cli.env'), lines.join('\n'));
    return path;
  };

  test('R25 · names the file it points to and nobody can read', async () => {
    const lines = ['COUNTERSIGN_PEERS=tenant=127.0.0.1:1', 'COUNTERSIGN_PUBLIC_URL=http://localhost', ...TLS];
    const { code, err } = await cli('tenant', 'list', '--settings', settings('unreadable', lines));
    expect([code, err]).toEqual([1, [expect.stringContaining('COUNTERSIGN_TLS_CERT_FILE: cannot read /nowhere/CERT')]]);
  });

  test('R25 · names what is missing or unknown in it', async () => {
    const { err } = await cli('tenant', 'list', '--settings', settings('wrong', ['COUNTERSIGN_PEER=tenant=x:1']));
    for (const what of [
      'COUNTERSIGN_PEER: unknown',
      'COUNTERSIGN_PEERS: is required',
      'COUNTERSIGN_PUBLIC_URL: is req',
    ])
      expect(err[0]).toContain(what);
  });
});
