import { existsSync, readFileSync } from 'node:fs';
import type { ServiceName } from '@countersign/contracts';
import { createDatabase, type Database } from '@countersign/database';
import type { KeyStore } from '@countersign/keys';
import { variableOf } from '@countersign/platform';
import { openKeys, readDatabaseUrl, type KeySettings } from '@countersign/service-base';
import { StartRefused, writeSecret, type DataDir } from './data-dir.js';

/** Which store holds a service's keys. Enrollment and verification share the one that wraps personal data. */
export const KEY_STORES: Partial<Record<ServiceName, string>> = {
  tenant: 'tenant',
  session: 'session',
  challenge: 'challenge',
  enrollment: 'sealing',
  verification: 'sealing',
};

const NAMESPACE = 'countersign';

/** What holds the keys of an embedded installation: a driver and what that takes. Secrets are paths to files. */
export type InstalledKeys = { keyDriver: KeySettings['keyDriver'] } & Partial<Omit<KeySettings, 'profile'>>;

const fileIn = (data: DataDir): string => data.file('keys', 'driver.json');

/** What the keys of this installation are in; in sealed files where nothing else was chosen for its first start. */
export const keysOf = (data: DataDir): InstalledKeys =>
  existsSync(fileIn(data)) ? (JSON.parse(readFileSync(fileIn(data), 'utf8')) as InstalledKeys) : { keyDriver: 'file' };

/**
 * An installation stays with the driver it began with: its keys are there and nowhere else.
 * @param chosen what the environment says; without a driver, that of the earlier starts
 * @throws StartRefused
 */
export function keepKeys(data: DataDir, chosen: Partial<InstalledKeys>): void {
  const { keyDriver, keyNamespace = NAMESPACE } = chosen;
  const kept = keysOf(data);
  if (keyDriver === undefined) return;
  const begun = existsSync(data.postgres);
  if (begun && (kept.keyDriver !== keyDriver || (kept.keyNamespace ?? NAMESPACE) !== keyNamespace))
    throw new StartRefused(
      `the keys of ${data.path} are in driver ${kept.keyDriver}: start it without ${variableOf('keyDriver')}, or with another --data-dir`,
    );
  if (keyDriver !== 'file') writeSecret(fileIn(data), JSON.stringify({ ...chosen, keyNamespace }));
}

/** What a service that holds keys is told of them. */
export function keySettingsOf(data: DataDir, service: ServiceName): KeySettings | undefined {
  const store = KEY_STORES[service];
  if (!store) return undefined;
  const { keyDriver, keyNamespace, ...chosen } = keysOf(data);
  if (keyDriver !== 'file')
    return { profile: 'production', keyDriver, ...chosen, keyNamespace: `${keyNamespace}-${store}` };
  // Private keys are in sealed files then: it is for development, and says so.
  const files = { keysFile: data.file('keys', `${store}.json`), masterKeyFile: data.masterKeyFile };
  return { profile: 'development', keyDriver, ...files };
}

export interface OpenedKeys {
  keys: KeyStore;
  close(): Promise<void>;
}

/**
 * The key store of a service, opened with what the service was told. The database is reached when a change is to be guarded.
 * @throws SettingsError, KeyFileRefused, `key_store_unavailable`
 */
export async function openKeysOf(
  service: ServiceName,
  settings: KeySettings & { databaseUrlFile: string },
): Promise<OpenedKeys> {
  let database: Database | undefined;
  const open = (): Database =>
    (database ??= createDatabase({
      url: readDatabaseUrl('databaseUrlFile', settings.databaseUrlFile),
      schema: service,
      max: 2,
      onIdleError: () => undefined,
    }));
  const keys = await openKeys(settings, { transaction: (work) => open().transaction(work) });
  return {
    keys,
    close: async () => {
      await keys.close?.();
      await database?.close();
    },
  };
}
