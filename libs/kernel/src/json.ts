import canonicalize from 'canonicalize';
import { utf8 } from './bytes.js';

/** RFC 8785 canonical JSON. Throws on what has no canonical form (NaN, lone surrogates, undefined at the top). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('value has no canonical JSON form');
  return text;
}

export const canonicalBytes = (value: unknown): Uint8Array<ArrayBuffer> => utf8(canonicalJson(value));
