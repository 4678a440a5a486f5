import type { CommandBody, Input, OptionSpec } from '../command.js';
import { prepareDatabase } from '../install/prepare-database.js';
import { secondsIn } from '../seconds.js';

/** @param who has to answer */
export const waitFor = (who: string): OptionSpec => ({
  value: '<seconds>',
  help: `how long ${who} may take to answer, up to 3600 (default: 120)`,
});
const WAIT_SECONDS = 120;

export const waitIn = (input: Input, command: string): number => secondsIn(input, 'wait', WAIT_SECONDS, command);

export const databaseApply: CommandBody = {
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
