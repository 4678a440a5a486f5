import { parseStrictJson } from '../parse/strict-json.js';
import { judgeRecordedCase, unreadableCase, type JudgedCase } from './judge-case.js';
import { linesOf, type Line } from './lines.js';

/** Bytes of one line; the largest response that is read at all takes a twentieth of it. */
const MAX_LINE = 1024 * 1024;
const MAX_DEPTH = 64;

/** A case that was judged, and the line it stands on, from 1. */
export interface JudgedLine extends JudgedCase {
  line: number;
}

/** `undefined` for an empty line. */
function judgeLine(line: Line): JudgedCase | undefined {
  if (line === 'too long') return unreadableCase(`longer than ${MAX_LINE} bytes`);
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line);
    if (text.trim() === '') return undefined;
    value = parseStrictJson(text, MAX_DEPTH);
  } catch {
    // What the parser says of it would quote the line, and the line may hold somebody's name.
    return unreadableCase('not JSON in UTF-8, nested too deeply, or a name stands twice');
  }
  return judgeRecordedCase(value);
}

/** Judges JSON lines as they come, one case a line; empty lines are passed over. Holds one line at a time. */
export async function* verifyRecordedLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<JudgedLine> {
  let number = 0;
  for await (const line of linesOf(source, MAX_LINE)) {
    number += 1;
    const judged = judgeLine(line);
    if (judged) yield { ...judged, line: number };
  }
}
