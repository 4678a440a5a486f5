import { closeSync, createReadStream, openSync, readSync, writeSync } from 'node:fs';
import { CommandFailed, type LineWriter } from './command.js';

const LINE_FEED = 0x0a;

const failed = (what: 'read' | 'write', path: string, error: unknown): CommandFailed =>
  new CommandFailed(`cannot ${what} ${path} (${(error as NodeJS.ErrnoException).code})`);

/** Greatest size of a document, bytes: a tenant with its policy and applications, each of which the API takes in 64 KiB. */
export const MAX_FILE_BYTES = 256 * 1024;

/** A document the person named, as text. What is larger than any is refused before it is read whole. @throws CommandFailed */
export function readFile(path: string): string {
  const bytes = firstBytes(path, MAX_FILE_BYTES + 1);
  if (bytes.length > MAX_FILE_BYTES)
    throw new CommandFailed(`${path} is larger than ${MAX_FILE_BYTES / 1024} KiB`, 'file_too_large');
  return bytes.toString('utf8');
}

/** As many as there are, up to `most`; of a pipe too, which has no size. @throws CommandFailed */
function firstBytes(path: string, most: number): Buffer {
  const bytes = Buffer.alloc(most);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      for (let read = -1; read !== 0; length += read) read = readSync(file, bytes, length, most - length, null);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw failed('read', path, error);
  }
  return bytes.subarray(0, length);
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
