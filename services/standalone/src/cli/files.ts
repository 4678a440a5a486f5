import { closeSync, createReadStream, openSync, readFileSync, writeSync } from 'node:fs';
import { CommandFailed, type LineWriter } from './command.js';

const LINE_FEED = 0x0a;

const failed = (what: 'read' | 'write', path: string, error: unknown): CommandFailed =>
  new CommandFailed(`cannot ${what} ${path} (${(error as NodeJS.ErrnoException).code})`);

/** A file the person named, as text. @throws CommandFailed */
export function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw failed('read', path, error);
  }
}

/** The lines of a file as bytes; the last one may lack its line feed. @throws CommandFailed */
export async function* readLines(path: string): AsyncGenerator<Uint8Array> {
  let rest: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, end)]);
        rest = [];
        from = end + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
    }
  } catch (error) {
    throw failed('read', path, error);
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** A new file of lines, readable by its owner only: what it reports on may name people. @throws CommandFailed */
export function writeLines(path: string): LineWriter {
  try {
    const file = openSync(path, 'w', 0o600);
    return { write: (line) => void writeSync(file, `${line}\n`), close: () => closeSync(file) };
  } catch (error) {
    throw failed('write', path, error);
  }
}
