import { existsSync } from 'node:fs';
import type { ServiceName } from '@countersign/contracts';
import { embeddedAdminUrl, urlFor, withClient } from '@countersign/database';
import { openDataDir, type DataDir } from '../data-dir.js';
import { DATABASE, attachInstallation, openInstallation } from '../installation.js';
import { publicUrlOf } from '../public-url.js';
import { INSTALLED } from '../services.js';
import { CommandFailed } from './command.js';
import type { Source, Told } from './source.js';

/**
 * The installation in a data directory. While another process runs its database the command joins it; otherwise the
 * database is started for as long as the command lasts.
 *
 * @throws CommandFailed when there is no installation: a command line makes none by mistake
 */
export function embeddedSource(dataDir: string): Source {
  if (!existsSync(dataDir)) throw new CommandFailed(`there is no installation at ${dataDir}; npm start makes one`);
  const data = openDataDir(dataDir);
  const publicUrl = publicUrlOf(data);
  if (publicUrl === undefined) throw new CommandFailed(`there is no installation at ${data.path}; npm start makes one`);
  const options = { data, publicUrl, logLevel: 'silent', log: () => undefined };
  const { settingsFor } = attachInstallation(options, '');
  return {
    publicUrl,
    settingsOf: (service) => judged(service, settingsFor(service)),
    openDatabase: async () => {
      if (await runningDatabase(data)) return () => Promise.resolve();
      return (await openInstallation(options)).stop;
    },
    admin: () => ({ settings: {}, problems: ['this is for --settings: npm start does it for a data directory'] }),
    administrator: async () => {
      const url = await runningDatabase(data);
      return url ? { url } : { missing: 'does not run; npm start starts it' };
    },
  };
}

function judged(service: ServiceName, given: Record<string, unknown>): Told {
  const { success, data, error } = INSTALLED[service].service.settings.safeParse(given);
  if (success) return { settings: data, problems: [] };
  return { settings: {}, problems: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

/** Administrator's URL, when the server answers. */
async function runningDatabase(data: DataDir): Promise<string | undefined> {
  const url = embeddedAdminUrl(data.postgres);
  if (!url) return undefined;
  const inside = urlFor(url, DATABASE);
  const answers = withClient(inside, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );
  return (await answers) ? inside : undefined;
}
