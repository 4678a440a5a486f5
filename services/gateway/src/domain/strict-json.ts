import { refuse } from '@countersign/kernel';

/** Greatest size of a body, bytes. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Greatest nesting of a JSON body; the outermost object counts. */
export const MAX_DEPTH = 16;

const malformed = (message: string) => refuse('request_invalid', { errors: [{ path: '', message }] });

/**
 * Reads a JSON body (RFC 8259) of which no two readers could understand different things. Size and nesting are judged
 * before anything is built from the bytes.
 *
 * @throws `request_too_large`; `request_invalid` for bytes that are not UTF-8, JSON that is none, a name that an object
 * has twice, `__proto__`, and strings with NUL or unpaired surrogates, which no database keeps
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_BODY_BYTES) throw refuse('request_too_large');
  const text = decode(bytes);
  inspect(text);
  const value = parse(text);
  if (text.includes('\\u')) checkText(value);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('is not UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('is not JSON');
  }
}

/** One pass before parsing: nesting is bounded and the names of each object are told apart. */
function inspect(text: string): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') {
      const end = endOfString(text, at);
      if (isName(text, end)) remember(open.at(-1) ?? new Set(), text.slice(at, end));
      at = end - 1;
    } else if (sign === '{' || sign === '[') {
      if (open.push(new Set()) > MAX_DEPTH) throw refuse('request_too_large');
    } else if (sign === '}' || sign === ']') open.pop();
  }
}

function isName(text: string, after: number): boolean {
  let at = after;
  while (' \t\n\r'.includes(text[at] ?? '-')) at += 1;
  return text[at] === ':';
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  throw malformed('is not JSON');
}

function remember(names: Set<string>, literal: string): void {
  const name = literal.includes('\\') ? String(parse(literal)) : literal.slice(1, -1);
  if (name === '__proto__') throw malformed('`__proto__` is no member');
  if (names.has(name)) throw malformed(`\`${name.slice(0, 64)}\` is there twice`);
  names.add(name);
}

function checkText(value: unknown): void {
  if (typeof value === 'string') checkString(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    checkString(name);
    checkText(member);
  }
}

/** Also for what came by query, path or form. */
export function checkString(text: string): void {
  if (!text.isWellFormed() || text.includes('\0')) throw malformed('holds NUL or unpaired surrogates');
}
