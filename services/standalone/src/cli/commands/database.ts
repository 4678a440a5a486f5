import { SERVICES, type ServiceName } from '@countersign/contracts';
import { variableOf } from '@countersign/platform';
import { readDatabaseUrl } from '@countersign/service-base';
import { CommandFailed, UsageError, type Command, type Input, type OptionSpec } from '../command.js';
import { awaitMigrations, readyText } from '../install/await-migrations.js';
import { prepareDatabase } from '../install/prepare-database.js';

/** @param who has to answer */
export const waitFor = (who: string): OptionSpec => ({
  value: '<seconds>',
  help: `how long ${who} may take to answer, up to 3600 (default: 120)`,
});
const WAIT_SECONDS = 120;
const TIMEOUT_SECONDS = 300;

/** @throws UsageError */
export function secondsIn(input: Input, option: string, fallback: number, command: string): number {
  if (!input.given(option)) return fallback;
  const seconds = Number(input.text(option));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_600)
    throw new UsageError(`--${option} is not a number of seconds from 1 to 3600: '${input.text(option)}'`, command);
  return seconds;
}

export const waitIn = (input: Input, command: string): number => secondsIn(input, 'wait', WAIT_SECONDS, command);

export const databaseApply: Command = {
  name: 'database apply',
  summary: 'Makes roles and schemas in PostgreSQL and applies every migration that is pending.',
  options: { wait: waitFor('PostgreSQL') },
  notes: [
    'The administrator is that of admin.env; roles get the passwords in the URLs of each service. Can be repeated; two runs',
    'at once take turns. A migration that fails leaves the schema as it was.',
  ],
  run: async (input, { house, note }) => {
    const done = await prepareDatabase(house, waitIn(input, 'database apply'), note);
    return { json: done, lines: [`${done.database} is ready`] };
  },
};

export const databaseWait: Command = {
  name: 'database wait',
  summary: 'Waits until no migration is pending that this version of a service needs.',
  options: {
    service: { value: '<name>', help: 'whose schema', required: true, choices: SERVICES },
    timeout: { value: '<seconds>', help: 'how long at most, up to 3600 (default: 300)' },
  },
  notes: [
    `Reads the database of the service where its own variable ${variableOf('databaseUrlFile')} says, or from --settings.`,
    'Migrations of a later version are told and do no harm.',
  ],
  run: async (input, context) => {
    const service = input.text('service') as ServiceName;
    const timeout = secondsIn(input, 'timeout', TIMEOUT_SECONDS, 'database wait');
    const file = input.given('settings')
      ? String(context.house.settingsOf(service)['databaseUrlFile'])
      : context.env[variableOf('databaseUrlFile')];
    if (!file) throw new CommandFailed(`${variableOf('databaseUrlFile')} is not set, and there is no --settings`);
    const ahead = await awaitMigrations(service, readDatabaseUrl('databaseUrlFile', file), timeout, context.note);
    return { json: { service, ahead }, lines: [readyText(service, ahead)] };
  },
};
