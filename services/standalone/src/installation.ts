import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES, type CallerName, type ServiceName } from '@countersign/contracts';
import { migrate, provisionDatabase, startEmbeddedPostgres, type ProvisionedDatabase } from '@countersign/database';
import { busMigrations } from '@countersign/event-bus-postgres';
import { jwksOf } from '@countersign/keys';
import { createDevelopmentAuthority, createMasterKeyFile, openFileKeyStore, type DevelopmentAuthority } from '@countersign/keys-file';
import { randomSecret } from '@countersign/kernel';
import { keptSecret, writeSecret, type DataDir } from './data-dir.js';
import { INSTALLED } from './services.js';

/** Who reads the bus; everybody else only writes to it. */
const CONSUMERS: readonly ServiceName[] = ['audit', 'risk', 'enrollment'];
/** Which sealed file holds a service's keys. Enrollment and verification share the one that wraps personal data. */
const KEY_FILES: Partial<Record<ServiceName, string>> = {
  tenant: 'tenant',
  session: 'session',
  challenge: 'challenge',
  enrollment: 'sealing',
  verification: 'sealing',
};

export interface InstallationOptions {
  data: DataDir;
  /** Where clients reach the API, e.g. `http://localhost:8400`. */
  publicUrl: string;
  logLevel: string;
  databaseConnections?: number;
  log: (line: string) => void;
}

export interface CertificateFiles {
  tlsCertFile: string;
  tlsKeyFile: string;
  tlsCaFile: string;
}

/** An embedded installation: database provisioned and migrated, keys and certificates in place, settings for each service. */
export interface Installation {
  data: DataDir;
  publicUrl: string;
  /** Administrator of the database, for tests and `doctor`. */
  adminUrl: string;
  /** The master key was made just now. */
  madeMasterKey: boolean;
  settingsFor(service: ServiceName): Record<string, unknown>;
  /** Certificate files of a caller. */
  certificateOf(caller: CallerName): CertificateFiles;
  stop(): Promise<void>;
}

/** Starts PostgreSQL and brings everything below it up to date. Repeatable; what exists stays. */
export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { data, publicUrl, log } = options;
  const madeMasterKey = createMasterKeyFile(data.masterKeyFile);
  const postgres = await startEmbeddedPostgres({ dataDir: data.postgres, log });
  try {
    const database = await prepareDatabase(data, postgres.adminUrl);
    const snapshotKeysFile = await publishSnapshotKeys(data);
    const authority = await createDevelopmentAuthority(join(data.path, 'tls'));
    const certificates = await issueAll(authority);
    return {
      data,
      publicUrl,
      adminUrl: database.adminUrl,
      madeMasterKey,
      certificateOf: (caller) => certificates[caller]!,
      settingsFor: (service) => ({
        ...common(options, service, database, snapshotKeysFile),
        ...certificates[service],
        ...extra(options, service),
      }),
      stop: () => postgres.stop(),
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function prepareDatabase(data: DataDir, adminUrl: string): Promise<ProvisionedDatabase> {
  const secrets = keptSecret(data.file('secrets', 'database.json'), () =>
    Object.fromEntries(SERVICES.map((name) => [name, { password: randomSecret(24), relayPassword: randomSecret(24) }])),
  );
  const services = SERVICES.map((name) => ({ name, ...secrets[name]!, consumes: CONSUMERS.includes(name) }));
  const database = await provisionDatabase(adminUrl, { database: 'countersign', services });
  await migrate({ url: database.adminUrl, schema: 'bus', migrationsDir: busMigrations });
  for (const name of SERVICES) {
    await migrate({ url: database.adminUrl, schema: name, migrationsDir: INSTALLED[name].migrationsDir });
  }
  return database;
}

/** The public half of what signs snapshots, as every service is told it. */
async function publishSnapshotKeys(data: DataDir): Promise<string> {
  const keys = openFileKeyStore({
    file: keysFileOf(data, 'tenant')!,
    masterKeyFile: data.masterKeyFile,
    dataDirectory: data.path,
  });
  await keys.create('snapshot', 'sign');
  const file = data.file('trust', 'snapshot-keys.json');
  writeFileSync(file, JSON.stringify(await jwksOf(keys, 'snapshot')));
  return file;
}

async function issueAll(authority: DevelopmentAuthority): Promise<Record<CallerName, CertificateFiles>> {
  const names: CallerName[] = [...SERVICES, 'cli'];
  const entries = await Promise.all(
    names.map(async (name) => {
      const { certificateFile, keyFile } = await authority.issue(name);
      return [name, { tlsCertFile: certificateFile, tlsKeyFile: keyFile, tlsCaFile: authority.certificateFile }] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<CallerName, CertificateFiles>;
}

const keysFileOf = (data: DataDir, service: ServiceName): string | undefined =>
  KEY_FILES[service] && data.file('keys', `${KEY_FILES[service]}.json`);

function common(
  { data, logLevel, databaseConnections }: InstallationOptions,
  service: ServiceName,
  database: ProvisionedDatabase,
  snapshotKeysFile: string,
): Record<string, unknown> {
  const { url, relayUrl } = database.services[service]!;
  const keysFile = keysFileOf(data, service);
  return {
    profile: 'development',
    logLevel,
    databaseUrlFile: writeSecret(data.file('secrets', `${service}.database-url`), url),
    relayUrlFile: writeSecret(data.file('secrets', `${service}.relay-url`), relayUrl),
    snapshotKeysFile,
    ...(databaseConnections === undefined ? {} : { databaseConnections }),
    ...(keysFile ? { keysFile, masterKeyFile: data.masterKeyFile } : {}),
  };
}

/** Settings that only one service takes. */
function extra({ publicUrl }: InstallationOptions, service: ServiceName): Record<string, unknown> {
  if (service === 'session') return { publicUrl };
  if (service === 'gateway') return { publicUrl, httpListen: `127.0.0.1:${new URL(publicUrl).port}` };
  if (service === 'tenant') return { platformRpId: new URL(publicUrl).hostname, platformOrigins: publicUrl };
  return {};
}
