// Every pod runs this before its service starts: it loads no service, and nothing of what services stand on.
import { resolve } from 'node:path';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import { variableOf } from '@countersign/platform/settings';
import { readDatabaseUrl } from '@countersign/service-base/database-url';
import { CommandFailed, type CommandBody } from '../command.js';
import { awaitMigrations, readyText } from '../install/await-migrations.js';
import { secondsIn } from '../seconds.js';

const TIMEOUT_SECONDS = 300;

export const databaseWait: CommandBody = {
  options: {
    service: { value: '<name>', help: 'whose schema', required: true, choices: SERVICES },
    timeout: { value: '<seconds>', help: 'how long at most, up to 3600 (default: 300)' },
  },
  notes: [
    `Reads the database of the service where its own variable ${variableOf('databaseUrlFile')} says, or from --settings.`,
    'Migrations of a later version are told and do no harm.',
  ],
  outside: true,
  run: async (input, { env, note }) => {
    const service = input.text('service') as ServiceName;
    const timeout = secondsIn(input, 'timeout', TIMEOUT_SECONDS, 'database wait');
    const file = input.given('settings')
      ? await fileIn(resolve(input.text('settings')), service)
      : env[variableOf('databaseUrlFile')];
    if (!file) throw new CommandFailed(`${variableOf('databaseUrlFile')} is not set, and there is no --settings`);
    const ahead = await awaitMigrations(service, readDatabaseUrl('databaseUrlFile', file), timeout, note);
    return { json: { service, ahead }, lines: [readyText(service, ahead)] };
  },
};

/** As the service's own settings say, which only the service can judge. @throws CommandFailed */
async function fileIn(folder: string, service: ServiceName): Promise<string> {
  const [{ folderSource }, { valid }] = await Promise.all([
    import('../folder-source.js'),
    import('../read-settings.js'),
  ]);
  return String(valid(folderSource(folder).settingsOf(service))['databaseUrlFile']);
}
