import type { enrollment } from '@countersign/contracts';
import { CODES, isCode } from '@countersign/kernel';
import type { SeenCredentials } from './seen-credentials.js';

/** A line longer than this is refused unread; the longest credential has about 6 KiB. */
const MAX_LINE_BYTES = 8 * 1024;
/** Lines and bytes of one call. */
const BATCH_LINES = 250;
const BATCH_BYTES = 512 * 1024;

export interface RefusedLine {
  /** From 1. */
  line: number;
  code: string;
  reason: string;
}

export interface ImportCounts {
  lines: number;
  imported: number;
  known: number;
  refused: number;
}

/** Sends some lines. @returns an outcome each */
type Send = (lines: string[]) => Promise<enrollment.ImportOutcome[]>;

/**
 * Goes through the lines of an import in batches and counts what became of them.
 *
 * @param onRefused told each refused line, in the order of the file
 * @param onBatch told the counts after every batch
 * @param seen in a dry run, what the file held before
 */
export async function runImport(
  lines: AsyncIterable<Uint8Array>,
  send: Send,
  onRefused: (refused: RefusedLine) => void,
  onBatch: (counts: ImportCounts) => void,
  seen?: SeenCredentials,
): Promise<ImportCounts> {
  const counts: ImportCounts = { lines: 0, imported: 0, known: 0, refused: 0 };
  for await (const batch of batchesOf(lines)) {
    const readable = batch.filter((text) => text !== undefined);
    const answers = readable.length > 0 ? await send(readable) : [];
    for (const text of batch) {
      const outcome = text === undefined ? UNREADABLE : answers.shift();
      if (!outcome) throw new Error('fewer outcomes than lines');
      count(seen ? amongSeen(seen, outcome, text ?? '') : outcome, counts, onRefused);
    }
    onBatch({ ...counts });
  }
  return counts;
}

function count(
  outcome: enrollment.ImportOutcome,
  counts: ImportCounts,
  onRefused: (refused: RefusedLine) => void,
): void {
  counts.lines += 1;
  if (outcome.outcome === 'imported') counts.imported += 1;
  else if (outcome.outcome === 'known') counts.known += 1;
  else {
    counts.refused += 1;
    onRefused({ line: counts.lines, code: outcome.code, reason: reasonOf(outcome) });
  }
}

/** What would have been added by then, had it not been a dry run. */
function amongSeen(seen: SeenCredentials, outcome: enrollment.ImportOutcome, line: string): enrollment.ImportOutcome {
  const verdict = outcome.outcome === 'imported' ? seen.judge(line) : 'new';
  if (verdict === 'new') return outcome;
  return verdict === 'known'
    ? { ...outcome, outcome: 'known' }
    : { outcome: 'refused', code: 'credential_exists', faults: [] };
}

const UNREADABLE: enrollment.ImportOutcome = {
  outcome: 'refused',
  code: 'import_line_invalid',
  faults: [{ path: '', message: `is not UTF-8 or has more than ${MAX_LINE_BYTES} bytes` }],
};

/** Names members and rules; nothing of the line itself. */
function reasonOf({ code, faults }: enrollment.ImportOutcome): string {
  const told = faults.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return [isCode(code) ? CODES[code].title.replace(/\.$/, '') : code, told.join('; ')].filter(Boolean).join(': ');
}

/** Lines as text; undefined for one that is none. */
async function* batchesOf(lines: AsyncIterable<Uint8Array>): AsyncGenerator<(string | undefined)[]> {
  let [batch, size]: [(string | undefined)[], number] = [[], 0];
  for await (const line of lines) {
    if (batch.length === BATCH_LINES || (batch.length > 0 && size + line.length > BATCH_BYTES)) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(textOf(line));
    size += Math.min(line.length, MAX_LINE_BYTES);
  }
  if (batch.length > 0) yield batch;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(line: Uint8Array): string | undefined {
  if (line.length > MAX_LINE_BYTES) return undefined;
  try {
    return decoder.decode(line);
  } catch {
    return undefined;
  }
}
