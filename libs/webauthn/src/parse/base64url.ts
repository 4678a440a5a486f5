import { fromBase64Url, type Code } from '@countersign/kernel';
import { Malformed } from '../malformed.js';

/** What a field is called, how long it may be in bytes, and what its refusal is called. */
export interface FieldRule {
  name: string;
  maxBytes: number;
  code: Code;
  clause: string;
}

/** Decodes base64url without padding; the length is judged before anything is decoded. */
export function decodeField(value: unknown, { name, maxBytes, code, clause }: FieldRule): Uint8Array<ArrayBuffer> {
  const fits = typeof value === 'string' && value.length <= Math.ceil((maxBytes * 4) / 3);
  const bytes = fits ? fromBase64Url(value) : undefined;
  if (!bytes) throw new Malformed(code, clause, { field: name });
  return bytes;
}
