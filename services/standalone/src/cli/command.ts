import type { House } from './house.js';

/** One option of a command. Without `value` it is a switch. */
export interface OptionSpec {
  /** What stands for the value in the help, e.g. `<slug>`. */
  value?: string;
  help: string;
  required?: boolean;
  /** May be given several times. */
  multiple?: boolean;
  /** The only values it takes. */
  choices?: readonly string[];
}

/** What was typed, checked against the command's options. */
export interface Input {
  /** The word after the command, where it takes one. */
  argument: string;
  /** Value of an option, `''` when it was not given. */
  text(option: string): string;
  list(option: string): string[];
  given(option: string): boolean;
}

export interface Context {
  house: House;
  /** Reads a file the person named. @throws CommandFailed */
  readFile(path: string): string;
  /** Reads a file line by line, however large; bytes without the line feed. @throws CommandFailed */
  readLines(path: string): AsyncIterable<Uint8Array>;
  /** Writes a file of lines, replacing it. @throws CommandFailed */
  writeLines(path: string): LineWriter;
  /** The variables this process was started with. */
  env: NodeJS.ProcessEnv;
  /** Tells how far a long command is, on standard error. */
  note(line: string): void;
}

export interface LineWriter {
  write(line: string): void;
  close(): void;
}

/** What a command has to say: lines for people, or one JSON document. */
export interface Answer {
  lines: string[];
  json: unknown;
  /** The command ran, and what it found is not as it should be. */
  failed?: boolean;
}

/** What the overview tells of a command. */
interface CommandHead {
  /** The words that call it, e.g. `tenant create`. */
  name: string;
  summary: string;
  /** The one word it takes after its name. */
  argument?: { value: string; help: string; optional?: boolean };
}

/** The rest of a command, in a module that is loaded when the command is called. */
export interface CommandBody {
  options: Record<string, OptionSpec>;
  /** The last paragraph of its help, in sentences or parts of them. */
  notes?: readonly string[];
  /** It never asks for the house, which then is not loaded. */
  outside?: true;
  run(input: Input, context: Context): Promise<Answer>;
}

export interface ListedCommand extends CommandHead {
  load(): Promise<CommandBody>;
}

export interface Command extends CommandHead, CommandBody {}

/** A command that could not do its work, in one line for the person who typed it. Exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  constructor(
    message: string,
    /** For `--json`, where what failed has a code. */
    readonly code = 'failed',
  ) {
    super(message);
  }
}

/** What was typed makes no sense. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    message: string,
    /** The command whose help would have helped; undefined: none was recognised. */
    readonly command?: string,
  ) {
    super(message);
  }
}
