import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONSUMERS, SERVICES, type CallerName, type ServiceName } from '@countersign/contracts';
import {
  aheadText,
  migrate,
  provisionDatabase,
  startEmbeddedPostgres,
  type ProvisionedDatabase,
} from '@countersign/database';
import type { AnchorSettings, AndroidStatusSettings, MetadataSettings } from '@countersign/enrollment';
import { jwksOf } from '@countersign/keys';
import { createDevelopmentAuthority, createMasterKeyFile, type DevelopmentAuthority } from '@countersign/keys-file';
import { randomSecret } from '@countersign/kernel';
import { keptSecret, writeSecret, type DataDir } from './data-dir.js';
import { busSettingsOf } from './installed-bus.js';
import { keySettingsOf, keysOf, openKeysOf } from './installed-keys.js';
import { keepPublicUrl } from './public-url.js';
import { SCHEMAS } from './services.js';

/** Name of the database of an embedded installation. */
export const DATABASE = 'countersign';

export interface InstallationOptions {
  data: DataDir;
  /** Where clients reach the API, e.g. `http://localhost:8400`. */
  publicUrl: string;
  logLevel: string;
  databaseConnections?: number;
  /** How session signs tokens. */
  tokenSigning?: 'direct' | 'delegated' | undefined;
  /** Where enrollment takes metadata about authenticators and further trust anchors from. */
  metadata?: Partial<MetadataSettings & AndroidStatusSettings & AnchorSettings>;
  log: (line: string) => void;
  /** Aborted, it gives up before the next schema and leaves nothing running. */
  signal?: AbortSignal;
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
  const { data, publicUrl } = options;
  const madeMasterKey = keysOf(data).keyDriver === 'file' && createMasterKeyFile(data.masterKeyFile);
  const postgres = await startEmbeddedPostgres({ dataDir: data.postgres, log: options.log });
  try {
    const database = await prepareDatabase(options, postgres.adminUrl);
    writeUrls(data, database);
    await publishSnapshotKeys(data);
    keepPublicUrl(data, publicUrl);
    const authority = await createDevelopmentAuthority(join(data.path, 'tls'));
    const certificates = await issueAll(authority);
    return {
      data,
      publicUrl,
      adminUrl: database.adminUrl,
      madeMasterKey,
      certificateOf: (caller) => certificates[caller]!,
      settingsFor: (service) => ({
        ...common(options, service),
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

/**
 * An installation whose database another process runs: nothing is started, made or brought up to date.
 * @param adminUrl administrator in the database of the installation
 */
export const attachInstallation = (options: InstallationOptions, adminUrl: string): Installation => ({
  data: options.data,
  publicUrl: options.publicUrl,
  adminUrl,
  madeMasterKey: false,
  certificateOf: (caller) => certificateFilesIn(options.data, caller),
  settingsFor: (service) => ({
    ...common(options, service),
    ...certificateFilesIn(options.data, service),
    ...extra(options, service),
  }),
  stop: () => Promise.resolve(),
});

const certificateFilesIn = (data: DataDir, caller: CallerName): CertificateFiles => ({
  tlsCertFile: join(data.path, 'tls', `${caller}.pem`),
  tlsKeyFile: join(data.path, 'tls', `${caller}.key`),
  tlsCaFile: join(data.path, 'tls', 'authority.pem'),
});

async function prepareDatabase(
  { data, log, signal }: InstallationOptions,
  adminUrl: string,
): Promise<ProvisionedDatabase> {
  const secrets = keptSecret(data.file('secrets', 'database.json'), () =>
    Object.fromEntries(SERVICES.map((name) => [name, { password: randomSecret(24), relayPassword: randomSecret(24) }])),
  );
  const services = SERVICES.map((name) => ({ name, ...secrets[name]!, consumes: CONSUMERS.includes(name) }));
  const database = await provisionDatabase(adminUrl, { database: DATABASE, services });
  for (const { schema, migrationsDir } of SCHEMAS) {
    signal?.throwIfAborted();
    const { ahead } = await migrate({ url: database.adminUrl, schema, migrationsDir });
    if (ahead.length > 0) log(`${schema}: ${aheadText(ahead)}`);
  }
  return database;
}

/** The public half of what signs snapshots, as every service is told it. */
async function publishSnapshotKeys(data: DataDir): Promise<void> {
  const databaseUrlFile = urlFileOf(data, 'tenant', 'database-url');
  const { keys, close } = await openKeysOf('tenant', { ...keySettingsOf(data, 'tenant')!, databaseUrlFile });
  try {
    await keys.create('snapshot', 'sign');
    writeFileSync(snapshotKeysFileOf(data), JSON.stringify(await jwksOf(keys, 'snapshot')));
  } finally {
    await close();
  }
}

async function issueAll(authority: DevelopmentAuthority): Promise<Record<CallerName, CertificateFiles>> {
  const names: CallerName[] = [...SERVICES, 'cli'];
  const entries = await Promise.all(
    names.map(async (name) => {
      const { certificateFile, keyFile } = await authority.issue(name);
      return [
        name,
        { tlsCertFile: certificateFile, tlsKeyFile: keyFile, tlsCaFile: authority.certificateFile },
      ] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<CallerName, CertificateFiles>;
}

/** What each service is told where to find; the secrets themselves stay in their files. */
function common(
  { data, logLevel, databaseConnections }: InstallationOptions,
  service: ServiceName,
): Record<string, unknown> {
  return {
    logLevel,
    databaseUrlFile: urlFileOf(data, service, 'database-url'),
    relayUrlFile: urlFileOf(data, service, 'relay-url'),
    snapshotKeysFile: snapshotKeysFileOf(data),
    ...busSettingsOf(data),
    ...(databaseConnections === undefined ? {} : { databaseConnections }),
    ...keySettingsOf(data, service),
  };
}

function writeUrls(data: DataDir, { services }: ProvisionedDatabase): void {
  for (const name of SERVICES) {
    writeSecret(urlFileOf(data, name, 'database-url'), services[name]!.url);
    writeSecret(urlFileOf(data, name, 'relay-url'), services[name]!.relayUrl);
  }
}

const urlFileOf = (data: DataDir, service: ServiceName, which: 'database-url' | 'relay-url'): string =>
  data.file('secrets', `${service}.${which}`);

const snapshotKeysFileOf = (data: DataDir): string => data.file('trust', 'snapshot-keys.json');

/** Settings that only one service takes. */
function extra(
  { publicUrl, tokenSigning, metadata = {} }: InstallationOptions,
  service: ServiceName,
): Record<string, unknown> {
  if (service === 'session') return { publicUrl, ...(tokenSigning && { tokenSigning }) };
  if (service === 'enrollment')
    return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
  if (service === 'gateway') return { publicUrl, httpListen: `127.0.0.1:${new URL(publicUrl).port}` };
  if (service === 'tenant') return { platformRpId: new URL(publicUrl).hostname, platformOrigins: publicUrl };
  return {};
}
