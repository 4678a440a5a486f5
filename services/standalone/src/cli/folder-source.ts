import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { ServiceName } from '@countersign/contracts';
import { SettingsError, filePath, settingsFromEnv } from '@countersign/platform';
import { readDatabaseUrl } from '@countersign/service-base';
import { z } from 'zod';
import { INSTALLED } from '../services.js';
import { ADMIN, envFileOf } from '../settings-folder.js';
import { CommandFailed } from './command.js';
import type { Source, Told } from './source.js';

const adminSettings = z.strictObject({
  adminUrlFile: filePath.describe('path of a file holding the PostgreSQL URL of a role that reads every schema'),
});

/**
 * The settings of services in one folder: `<service>.env` for each, with the variables the service itself is started with.
 * What a command does not need may be missing. Nothing is started and the process's own environment counts for nothing.
 *
 * @throws CommandFailed naming the file that is missing, or what is wrong in it
 */
export function folderSource(folder: string): Source {
  const settingsOf = (service: ServiceName): Told => readSettings(folder, service, INSTALLED[service].service.settings);
  return {
    get publicUrl() {
      return String(valid(settingsOf('session'))['publicUrl']);
    },
    settingsOf,
    openDatabase: () => Promise.resolve(() => Promise.resolve()),
    administrator: async () => {
      const { settings, problems } = readSettings(folder, ADMIN, adminSettings);
      if (problems.length > 0) return { missing: `is not examined: ${problems.join('; ')}` };
      return { url: readDatabaseUrl('adminUrlFile', String(settings['adminUrlFile'])) };
    },
  };
}

/** @throws CommandFailed */
export function valid({ settings, problems }: Told): Record<string, unknown> {
  if (problems.length > 0) throw new CommandFailed(problems.join('; '));
  return settings;
}

function readSettings(folder: string, name: string, schema: z.ZodObject): Told {
  const file = envFileOf(folder, name);
  try {
    return { settings: settingsFromEnv(schema, parseEnv(readFileSync(file, 'utf8'))), problems: [] };
  } catch (error) {
    if (error instanceof SettingsError)
      return { settings: {}, problems: error.problems.map((problem) => `${join(folder, `${name}.env`)}: ${problem}`) };
    return { settings: {}, problems: [`cannot read ${file} (${(error as NodeJS.ErrnoException).code})`] };
  }
}
