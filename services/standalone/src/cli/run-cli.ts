import { isRefusal } from '@countersign/kernel';
import { SettingsError } from '@countersign/platform/settings';
import { CommandFailed, UsageError, type Answer, type Command, type Input, type ListedCommand } from './command.js';
import { COMMANDS, loadCommand } from './commands/index.js';
import { readFile, readLines, writeLines } from './files.js';
import { explain, overview } from './help.js';
import type { House } from './house.js';
import { parseInput } from './parse.js';

export interface CliIo {
  out(line: string): void;
  err(line: string): void;
  /** What opens an installation; loaded for those commands that enter one. */
  loadHouse(): Promise<(place: ChosenPlace) => House>;
}

/** As typed; the default where neither is there. */
export interface ChosenPlace {
  dataDir?: string;
  settings?: string;
}

const FILES = { readFile, readLines, writeLines };
const HELP = ['--help', '-h', 'help'];

/**
 * Runs one command.
 * @param argv what stands after the program's name
 * @returns exit code: 0 done, 1 refused or not as it should be, 2 not understood
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<0 | 1 | 2> {
  try {
    if (HELP.includes(argv[0] ?? '')) return print(io, overview(COMMANDS));
    const command = await loadCommand(find(argv));
    const input = parseInput(command, argv.slice(command.name.split(' ').length));
    if (input.given('help')) return print(io, explain(command));
    return await execute(command, input, io);
  } catch (error) {
    return complain(error, argv, io);
  }
}

async function execute(command: Command, input: Input, io: CliIo): Promise<0 | 1> {
  const openHouse = command.outside ? stayOutside : await io.loadHouse();
  // Opened when a command asks for it.
  let opened: House | undefined;
  const open = (): House => (opened ??= openHouse(placeIn(input)));
  let answer: Answer;
  try {
    answer = await command.run(input, {
      ...FILES,
      env: process.env,
      note: io.err,
      get house() {
        return open();
      },
    });
  } finally {
    await opened?.close();
  }
  for (const line of input.given('json') ? [JSON.stringify(answer.json)] : answer.lines) io.out(line);
  return answer.failed ? 1 : 0;
}

const stayOutside = (): never => {
  throw new TypeError('a command that said it stays outside asked for the house');
};

const placeIn = (input: Input): ChosenPlace => ({
  ...(input.given('data-dir') && { dataDir: input.text('data-dir') }),
  ...(input.given('settings') && { settings: input.text('settings') }),
});

/** The command of which the first words are the name, the longest such. @throws UsageError; help of a group ends here too */
function find(argv: readonly string[]): ListedCommand {
  const named = COMMANDS.filter(({ name }) => argv.slice(0, name.split(' ').length).join(' ') === name);
  const command = named.sort((one, other) => other.name.length - one.name.length)[0];
  if (command) return command;
  if (argv.length === 0) throw new UsageError('a command is missing');
  const words = groupIn(argv);
  const [group, word] = [words.join(' '), argv[words.length]];
  if (group === '') throw new UsageError(`unknown command '${word}'`);
  if (word === undefined) throw new UsageError(`a command is missing after '${group}'`, group);
  if (HELP.includes(word)) throw new GroupHelp(group);
  throw new UsageError(`unknown command '${group} ${word}'`, group);
}

/** As many of the first words as some command begins with. */
function groupIn(argv: readonly string[]): string[] {
  const begins = (words: readonly string[]): boolean =>
    COMMANDS.some(({ name }) => name.startsWith(`${words.join(' ')} `));
  const end = argv.findIndex((_, at) => !begins(argv.slice(0, at + 1)));
  return argv.slice(0, end < 0 ? argv.length : end);
}

class GroupHelp extends Error {
  constructor(readonly group: string) {
    super();
  }
}

function complain(error: unknown, argv: readonly string[], io: CliIo): 0 | 1 | 2 {
  if (error instanceof GroupHelp) return print(io, overview(COMMANDS, error.group));
  const usage = error instanceof UsageError;
  const message = messageOf(error);
  io.err(`countersign: ${message}`);
  if (usage) io.err(`Try: countersign ${error.command ? `${error.command} ` : ''}--help`);
  else if (argv.includes('--json')) io.out(JSON.stringify({ error: { code: codeOf(error), message } }));
  return usage ? 2 : 1;
}

const codeOf = (error: unknown): string => (isRefusal(error) || error instanceof CommandFailed ? error.code : 'failed');

/** One line. The text of an unexpected error may quote what nobody should see, so only its kind is told. */
function messageOf(error: unknown): string {
  if (isRefusal(error)) {
    const faults = (error.details.errors ?? []).map(({ path, message }) => (path ? `${path}: ${message}` : message));
    return [`${error.message.replace(/\.$/, '')} (${error.code})`, faults.join('; ')].filter(Boolean).join(': ');
  }
  if (error instanceof SettingsError) return error.problems.join('; ');
  if (error instanceof Error && TOLD.includes(error.name)) return error.message.split('\n')[0]!;
  return `something unexpected failed (${error instanceof Error ? error.name : typeof error})`;
}

/** Errors that were written for a person. */
const TOLD = ['CommandFailed', 'UsageError', 'StartRefused', 'KeyFileRefused', 'KubernetesRefused'];

function print(io: CliIo, lines: readonly string[]): 0 {
  for (const line of lines) io.out(line);
  return 0;
}
