const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

const isOpening = (unit: number): boolean => unit === 0x7b || unit === 0x5b;
const isClosing = (unit: number): boolean => unit === 0x7d || unit === 0x5d;
const isSpace = (unit: number): boolean => unit === 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d;

/** Index just after the string literal that starts at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at += 1;
    else if (unit === QUOTE) return at + 1;
  }
  throw new SyntaxError('unterminated string');
}

function isName(text: string, after: number): boolean {
  let at = after;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}

function remember(names: Set<string> | undefined, literal: string): void {
  const name = literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (!names || names.has(name)) throw new SyntaxError('a name appears twice');
  names.add(name);
}

/** One pass over the text before it is parsed: nesting is bounded, and no object names a member twice. */
function inspect(text: string, maxDepth: number): void {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      const end = endOfString(text, at);
      if (isName(text, end)) remember(open.at(-1), text.slice(at, end));
      at = end;
      continue;
    }
    if (isOpening(unit) && open.push(new Set()) > maxDepth) throw new SyntaxError('nested too deeply');
    if (isClosing(unit)) open.pop();
    at += 1;
  }
}

/**
 * JSON (RFC 8259) in which no name can be read in two ways.
 * @throws SyntaxError for invalid JSON, a repeated name (also one spelt with escapes), or nesting beyond `maxDepth`
 */
export function parseStrictJson(text: string, maxDepth: number): unknown {
  inspect(text, maxDepth);
  return JSON.parse(text) as unknown;
}
