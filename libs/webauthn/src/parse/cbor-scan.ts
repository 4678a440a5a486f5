import { LIMITS } from '../limits.js';

/** Where an item ends, and what it took to get there. */
export interface CborExtent {
  /** Offset just after the item. */
  end: number;
  /** Data items read, keys included. */
  items: number;
  /** Deepest nesting met; a lone value has 1. */
  depth: number;
}

export interface CborRules {
  /** Integers and lengths in their shortest form, as CTAP2 asks of authenticators. */
  shortest: boolean;
}

/** Thrown for CBOR that is not well formed, not allowed here, or beyond a limit. */
export class CborRefused extends Error {}

interface Head {
  major: number;
  argument: number;
  /** Offset of what follows the head. */
  body: number;
}

interface Scan extends CborRules {
  bytes: Buffer;
  items: number;
  depth: number;
}

const [NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE] = [1, 2, 3, 4, 5, 6, 7];
/** Smallest argument that needs 1, 2, 4 or 8 extra octets. */
const FLOOR = [24, 0x100, 0x10000, 0x100000000];
const utf8 = new TextDecoder('utf-8', { fatal: true });

function readArgument(bytes: Buffer, at: number, width: number): number {
  if (width < 8) return bytes.readUIntBE(at, width);
  const value = bytes.readBigUInt64BE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new CborRefused('integer too large');
  return Number(value);
}

function readHead({ bytes, shortest }: Scan, at: number): Head {
  const initial = bytes[at];
  if (initial === undefined) throw new CborRefused('ends early');
  const [major, info] = [initial >> 5, initial & 31];
  if (major === TAG || (major === SIMPLE && (info < 20 || info > 22))) throw new CborRefused('type not allowed');
  if (info < 24) return { major, argument: info, body: at + 1 };
  if (info > 27) throw new CborRefused('indefinite or reserved length');
  const width = 1 << (info - 24);
  if (at + 1 + width > bytes.length) throw new CborRefused('ends early');
  const argument = readArgument(bytes, at + 1, width);
  if (shortest && argument < (FLOOR[info - 24] ?? 0)) throw new CborRefused('not in shortest form');
  return { major, argument, body: at + 1 + width };
}

function scanString(scan: Scan, { major, argument, body }: Head): number {
  const end = body + argument;
  if (end > scan.bytes.length) throw new CborRefused('length beyond the input');
  if (major === TEXT) {
    try {
      utf8.decode(scan.bytes.subarray(body, end));
    } catch {
      throw new CborRefused('text is not UTF-8');
    }
  }
  return end;
}

/** The key's value and where it ends; keys are integers or text, which is all WebAuthn uses. */
function scanKey(scan: Scan, at: number): { key: string; end: number } {
  const head = readHead(scan, at);
  scan.items += 1;
  if (head.major <= NEGATIVE) return { key: `${head.major}:${head.argument}`, end: head.body };
  if (head.major !== TEXT) throw new CborRefused('key is neither integer nor text');
  const end = scanString(scan, head);
  return { key: scan.bytes.toString('utf8', head.body, end), end };
}

function scanMap(scan: Scan, { argument, body }: Head, depth: number): number {
  const keys = new Set<string>();
  let at = body;
  for (let pair = 0; pair < argument; pair += 1) {
    const { key, end } = scanKey(scan, at);
    if (keys.has(key)) throw new CborRefused('a key appears twice');
    keys.add(key);
    at = scanItem(scan, end, depth + 1);
  }
  return at;
}

function scanArray(scan: Scan, { argument, body }: Head, depth: number): number {
  let at = body;
  for (let index = 0; index < argument; index += 1) at = scanItem(scan, at, depth + 1);
  return at;
}

function scanItem(scan: Scan, at: number, depth: number): number {
  if (depth > LIMITS.cborDepth) throw new CborRefused('nested too deeply');
  scan.items += 1;
  if (scan.items > LIMITS.cborItems) throw new CborRefused('too many items');
  scan.depth = Math.max(scan.depth, depth);
  const head = readHead(scan, at);
  if (head.major === BYTES || head.major === TEXT) return scanString(scan, head);
  // Every member takes at least one byte, so a count beyond the rest of the input is a lie, refused before the loop.
  if (head.major === ARRAY || head.major === MAP) {
    if (head.argument > scan.bytes.length - head.body) throw new CborRefused('length beyond the input');
    return head.major === ARRAY ? scanArray(scan, head, depth) : scanMap(scan, head, depth);
  }
  return head.body;
}

/**
 * Walks one CBOR item (RFC 8949) without building anything, so that a decoder that trusts its input may follow.
 * Refuses tags, floats, indefinite lengths, repeated keys, text that is not UTF-8, and what exceeds `LIMITS`.
 * @throws CborRefused
 */
export function scanCbor(bytes: Uint8Array, start: number, rules: CborRules): CborExtent {
  const scan: Scan = {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    items: 0,
    depth: 0,
    ...rules,
  };
  const end = scanItem(scan, start, 1);
  return { end, items: scan.items, depth: scan.depth };
}
