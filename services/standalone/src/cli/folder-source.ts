import type { ServiceName } from '@countersign/contracts';
import { filePath } from '@countersign/platform';
import { readDatabaseUrl } from '@countersign/service-base';
import { z } from 'zod';
import { INSTALLED } from '../services.js';
import { ADMIN } from '../settings-folder.js';
import { networkIn } from './network-source.js';
import { readSettings, valid } from './read-settings.js';
import type { Source, Told } from './source.js';

/** What only whoever installs is told. */
const adminSettings = z.strictObject({
  adminUrlFile: filePath.describe('path of a file holding the PostgreSQL URL of a role that makes roles and schemas'),
  kafkaUsername: z.string().min(1).optional().describe('user of Kafka that may create topics and permissions'),
  kafkaPasswordFile: filePath.optional().describe('path of a file holding the password of that user'),
  kafkaPartitions: z.coerce.number().int().min(1).max(200).default(12).describe('number of partitions of each topic'),
  kafkaPrincipal: z
    .string()
    .regex(/^User:.*\{service\}/, 'begins with User: and holds {service}')
    .default('User:countersign-{service}')
    .describe('what Kafka calls a service'),
  snapshotKeysConfigMap: z
    .string()
    .min(1)
    .optional()
    .describe('ConfigMap in which services read the public keys of snapshots; absent: the files they name'),
});

/**
 * The settings of services in one folder: `<service>.env` for each, with the variables the service itself is started with.
 * What a command does not need may be missing. Nothing is started and the process's own environment counts for nothing.
 * With a `cli.env` the services themselves are called where they run; stores and keys still need the files of their service.
 *
 * @throws CommandFailed naming the file that is missing, or what is wrong in it
 */
export function folderSource(folder: string): Source {
  const settingsOf = (service: ServiceName): Told => readSettings(folder, service, INSTALLED[service].service.settings);
  const admin = (): Told => readSettings(folder, ADMIN, adminSettings);
  return {
    get publicUrl() {
      return String(valid(settingsOf('session'))['publicUrl']);
    },
    reachable: () => networkIn(folder),
    settingsOf,
    openDatabase: () => Promise.resolve(() => Promise.resolve()),
    admin,
    administrator: async () => {
      const { settings, problems } = admin();
      if (problems.length > 0) return { missing: `is not examined: ${problems.join('; ')}` };
      return { url: readDatabaseUrl('adminUrlFile', String(settings['adminUrlFile'])) };
    },
  };
}
