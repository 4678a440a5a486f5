import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database } from '@countersign/database';
import { startTestDatabase, type TestDatabase } from '@countersign/database/testing';
import { createMasterKeyFile } from '@countersign/keys-file';
import { SettingsError, settingsFromEnv } from '@countersign/platform';
import { z } from 'zod';
import { keySettings, openKeys, type KeySettings } from '../src/index.js';
import { exclusivelyIn } from '../src/key-lock.js';

let server: TestDatabase;
let replicas: [Database, Database];
let folder: string;
beforeAll(async () => {
  server = await startTestDatabase(['session']);
  replicas = [server.open('session'), server.open('session')];
  folder = mkdtempSync(join(tmpdir(), 'key-settings-'));
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const schema = z.strictObject(keySettings);
const settings = (values: Record<string, string>): KeySettings =>
  settingsFromEnv(
    schema,
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`COUNTERSIGN_${key}`, value])),
  );
const problemsOf = (values: Record<string, string>): Promise<readonly string[]> =>
  openKeys(settings(values), replicas[0]).then(
    () => [],
    (error: unknown) => (error instanceof SettingsError ? error.problems : [String(error)]),
  );

describe('the driver of a service’s keys', () => {
  test('BCB-15 · production refuses the file driver, and is what is assumed', async () => {
    const file = { KEYS_FILE: join(folder, 'keys.json'), MASTER_KEY_FILE: join(folder, 'elsewhere', 'master.key') };
    const refused = 'COUNTERSIGN_KEY_DRIVER: file is refused in production; choose pkcs11, aws-kms or azure';
    expect(await problemsOf(file)).toEqual([refused]);
    expect(await problemsOf({ ...file, PROFILE: 'production' })).toEqual([refused]);
    const data = { ...file, KEYS_FILE: join(folder, 'data', 'keys.json'), PROFILE: 'development' };
    createMasterKeyFile(file.MASTER_KEY_FILE);
    expect((await (await openKeys(settings(data), replicas[0])).create('caller', 'sign')).id).toBe('file:caller/1');
  });

  test('BCB-9.keys · each driver names every setting it lacks', async () => {
    expect(await problemsOf({ KEY_DRIVER: 'pkcs11' })).toEqual(
      ['KEY_NAMESPACE', 'PKCS11_MODULE', 'PKCS11_TOKEN', 'PKCS11_PIN_FILE'].map(
        (name) => `COUNTERSIGN_${name}: is required by driver pkcs11`,
      ),
    );
    expect(await problemsOf({ KEY_DRIVER: 'aws-kms' })).toHaveLength(2);
    expect(await problemsOf({ KEY_DRIVER: 'azure' })).toHaveLength(2);
    expect(await problemsOf({ PROFILE: 'development' })).toHaveLength(2);
  });

  test('BCB-9.keys · a setting of another driver is refused, and half a secret', async () => {
    const kms = { KEY_DRIVER: 'aws-kms', KEY_NAMESPACE: 'session', KMS_REGION: 'eu-central-1' };
    expect(await problemsOf({ ...kms, PKCS11_TOKEN: 'x', KEYS_FILE: '/x' })).toEqual([
      'COUNTERSIGN_KEYS_FILE: driver aws-kms does not take it',
      'COUNTERSIGN_PKCS11_TOKEN: driver aws-kms does not take it',
    ]);
    const azure = { KEY_DRIVER: 'azure', KEY_NAMESPACE: 'session', VAULT_URL: 'https://bank.vault.azure.net' };
    expect((await problemsOf({ ...azure, VAULT_CLIENT_ID: 'x' }))[0]).toContain('set all three or none');
  });

  test('R25 · a file with the secret of a driver that others may read refuses the start, by its setting', async () => {
    const open = join(folder, 'open');
    writeFileSync(open, 'hunter2');
    chmodSync(open, 0o644);
    const common = { KEY_NAMESPACE: 'session' };
    const drivers: [string, Record<string, string>][] = [
      ['PKCS11_PIN_FILE', { KEY_DRIVER: 'pkcs11', PKCS11_MODULE: '/module.so', PKCS11_TOKEN: 'bank' }],
      ['KMS_CREDENTIALS_FILE', { KEY_DRIVER: 'aws-kms', KMS_REGION: 'eu-central-1' }],
      [
        'VAULT_CLIENT_SECRET_FILE',
        { KEY_DRIVER: 'azure', VAULT_URL: 'https://bank.vault.azure.net', VAULT_TENANT_ID: 'x', VAULT_CLIENT_ID: 'x' },
      ],
    ];
    for (const [file, driver] of drivers) {
      const [problem] = await problemsOf({ ...common, ...driver, [file]: open });
      expect(problem).toMatch(new RegExp(`^COUNTERSIGN_${file}: ${open} has mode 0644`));
    }
  });

  test('BCB-9.keys · values are checked for their form, and an unknown driver is refused', () => {
    const wrong: Record<string, string>[] = [
      { KEY_DRIVER: 'memory' },
      { KEY_NAMESPACE: 'Session' },
      { VAULT_URL: 'http://bank.vault.azure.net' },
      { PKCS11_SESSIONS: '0' },
      { PROFILE: 'test' },
    ];
    for (const values of wrong) expect(() => settings(values)).toThrow(SettingsError);
  });
});

test('BCB-9.keys · two replicas change keys of one name one after another, and those of another name meanwhile', async () => {
  const [one, other] = replicas.map(exclusivelyIn) as [
    ReturnType<typeof exclusivelyIn>,
    ReturnType<typeof exclusivelyIn>,
  ];
  const order: string[] = [];
  const seen = async (label: string): Promise<void> => {
    while (!order.includes(label)) await sleep(5);
  };
  const step = (exclusively: typeof one, name: string, label: string, until?: string) =>
    exclusively(name, async () => {
      order.push(`${label} begins`);
      if (until !== undefined) await seen(until);
      order.push(`${label} ends`);
    });
  const first = step(one, 'pkcs11:caller', 'first', 'apart ends');
  await seen('first begins');
  await Promise.all([first, step(other, 'pkcs11:caller', 'second'), step(other, 'pkcs11:kek', 'apart')]);
  expect(order).toEqual(['first begins', 'apart begins', 'apart ends', 'first ends', 'second begins', 'second ends']);
});
