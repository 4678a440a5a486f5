import type { ServiceName } from '@countersign/contracts';
import { filePath } from '@countersign/platform';
import { readDatabaseUrl } from '@countersign/service-base';
import { z } from 'zod';
import { INSTALLED } from '../services.js';
import { ADMIN } from '../settings-folder.js';
import { networkIn } from './network-source.js';
import { readSettings, valid } from './read-settings.js';
import type { Source, Told } from './source.js';

const adminSettings = z.strictObject({
  adminUrlFile: filePath.describe('path of a file holding the PostgreSQL URL of a role that reads every schema'),
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
  return {
    get publicUrl() {
      return String(valid(settingsOf('session'))['publicUrl']);
    },
    reachable: () => networkIn(folder),
    settingsOf,
    openDatabase: () => Promise.resolve(() => Promise.resolve()),
    administrator: async () => {
      const { settings, problems } = readSettings(folder, ADMIN, adminSettings);
      if (problems.length > 0) return { missing: `is not examined: ${problems.join('; ')}` };
      return { url: readDatabaseUrl('adminUrlFile', String(settings['adminUrlFile'])) };
    },
  };
}
