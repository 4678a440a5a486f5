import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { verifyRecordedLines } from '../recorded/verify-lines.js';
import { HELP } from './help.js';

/** The world of a command. `out` and `err` resolve when there is room for more. */
export interface Io {
  stdin: AsyncIterable<Uint8Array>;
  out: (text: string) => Promise<void>;
  err: (text: string) => Promise<void>;
}

const JUDGED = 0;
const UNREADABLE = 2;

function readArguments(argv: readonly string[]): { help: boolean; file?: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { help: { type: 'boolean', short: 'h', default: false } },
      allowPositionals: true,
    });
    const [command, file, ...rest] = positionals;
    if (values.help || command === 'help') return { help: true };
    return command === 'verify' && file !== undefined && rest.length === 0 ? { help: false, file } : undefined;
  } catch {
    return undefined;
  }
}

async function verify(source: AsyncIterable<Uint8Array>, { out, err }: Io): Promise<number> {
  let exitCode = JUDGED;
  for await (const { verdict, unreadable, line } of verifyRecordedLines(source)) {
    await out(`${JSON.stringify(verdict)}\n`);
    if (unreadable === undefined) continue;
    exitCode = UNREADABLE;
    await err(`line ${line}: ${unreadable}\n`);
  }
  return exitCode;
}

/** Runs `countersign-webauthn`. Resolves with the exit code; see `HELP`. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const command = readArguments(argv);
  if (!command || (!command.help && command.file === undefined)) {
    await io.err(HELP);
    return UNREADABLE;
  }
  if (command.help || command.file === undefined) {
    await io.out(HELP);
    return JUDGED;
  }
  try {
    return await verify(command.file === '-' ? io.stdin : createReadStream(command.file), io);
  } catch (error) {
    await io.err(`${command.file}: ${error instanceof Error ? error.message : 'cannot be read'}\n`);
    return UNREADABLE;
  }
}
