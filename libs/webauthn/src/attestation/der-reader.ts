import { Malformed } from '../malformed.js';

/** One element of DER (X.690), its content not yet looked at. */
export interface DerElement {
  /** 0 universal, 2 context-specific. */
  kind: number;
  constructed: boolean;
  /** At most 99,999, which is further than any Android list goes. */
  tag: number;
  content: Uint8Array;
}

const MAX_TAG = 99_999;
const CLAUSE = 'X.690 §10';
const malformed = (rule: string): Malformed => new Malformed('attestation_invalid', CLAUSE, { rule });

function octetAt(bytes: Uint8Array, at: number): number {
  const octet = bytes[at];
  if (octet === undefined) throw malformed('DER ends early');
  return octet;
}

/** A tag of 31 or more: seven bits an octet, no leading zeros (§8.1.2.4). */
function readLongTag(bytes: Uint8Array, start: number): { tag: number; at: number } {
  let [tag, at, octet] = [0, start, octetAt(bytes, start)];
  if (octet === 0x80) throw malformed('DER tag not in its shortest form');
  for (; ; octet = octetAt(bytes, at)) {
    tag = tag * 128 + (octet & 0x7f);
    at += 1;
    if (tag > MAX_TAG) throw malformed('DER tag too large');
    if (octet < 0x80) break;
  }
  if (tag < 31) throw malformed('DER tag not in its shortest form');
  return { tag, at };
}

/** A definite length in its shortest form (§10.1), up to 65,535. */
function readLength(bytes: Uint8Array, start: number): { length: number; at: number } {
  const first = octetAt(bytes, start);
  if (first < 0x80) return { length: first, at: start + 1 };
  const width = first - 0x80;
  if (width < 1 || width > 2) throw malformed('DER length');
  const octets = [octetAt(bytes, start + 1), ...(width === 2 ? [octetAt(bytes, start + 2)] : [])];
  const length = octets.reduce((value, octet) => value * 256 + octet, 0);
  if (length < (width === 1 ? 0x80 : 0x100)) throw malformed('DER length not in its shortest form');
  return { length, at: start + 1 + width };
}

function readElement(bytes: Uint8Array, start: number): { element: DerElement; end: number } {
  const identifier = octetAt(bytes, start);
  const low = identifier & 0x1f;
  const head = low === 0x1f ? readLongTag(bytes, start + 1) : { tag: low, at: start + 1 };
  const { length, at } = readLength(bytes, head.at);
  const end = at + length;
  if (end > bytes.length) throw malformed('DER ends early');
  const constructed = (identifier & 0x20) !== 0;
  return { element: { kind: identifier >> 6, constructed, tag: head.tag, content: bytes.subarray(at, end) }, end };
}

/**
 * The elements that stand one after another, to the last octet.
 * @throws Malformed `attestation_invalid`: a library would read BER here and pass over what is left
 */
export function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const { element, end } = readElement(bytes, at);
    elements.push(element);
    at = end;
  }
  return elements;
}
