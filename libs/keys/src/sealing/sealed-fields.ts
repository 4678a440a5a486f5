import { createHmac, randomBytes } from 'node:crypto';
import { canonicalBytes, equalBytes, fromBase64Url, refuse, toBase64Url, utf8 } from '@countersign/kernel';
import { open, seal, sealingKey } from './aead.js';
import type { EncryptionContext } from '../store/key-store.js';

/** What JSON can say (RFC 8259 §3). */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [member: string]: JsonValue };

/** Personal fields of one record or event. */
export type PersonalFields = Record<string, JsonValue>;

/** What is stored in place of personal fields: a commitment that may stay for ever, and bytes that can be erased. */
export interface SealedFields {
  /** base64url of 32 bytes; see `commitmentOf`. */
  commitment: string;
  /** `seal` of JCS(`{"fields":…,"salt":"<base64url>"}`) under the data key, associated data JCS(context). */
  sealed: Uint8Array;
}

/** What was sealed, and what shows that it is what was committed to. */
export interface OpenedFields {
  fields: PersonalFields;
  /** 32 bytes; who is given fields and salt can check the commitment, nobody else can guess what it stands for. */
  salt: Uint8Array;
}

/** HMAC-SHA-256 with the salt as key over JCS(fields) (RFC 2104, RFC 8785), base64url. */
export const commitmentOf = (salt: Uint8Array, fields: PersonalFields): string =>
  toBase64Url(createHmac('sha256', salt).update(canonicalBytes(fields)).digest());

/**
 * Seals personal fields under a subject's data key and commits to them.
 * @param dataKey 32 bytes
 * @param context where the fields belong, e.g. tenant, subject and event id; the same is needed to open
 */
export function sealFields(dataKey: Uint8Array, context: EncryptionContext, fields: PersonalFields): SealedFields {
  const salt = randomBytes(32);
  const plaintext = canonicalBytes({ fields, salt: toBase64Url(salt) });
  return {
    commitment: commitmentOf(salt, fields),
    sealed: seal(sealingKey(dataKey), plaintext, canonicalBytes(context)),
  };
}

/** @throws `seal_refused`; also when the fields are not those that were committed to */
export function openFields(dataKey: Uint8Array, context: EncryptionContext, stored: SealedFields): OpenedFields {
  const plaintext = open(sealingKey(dataKey), stored.sealed, canonicalBytes(context));
  const { fields, salt: text } = JSON.parse(Buffer.from(plaintext).toString('utf8')) as {
    fields: PersonalFields;
    salt: string;
  };
  const salt = fromBase64Url(text)!;
  if (!equalBytes(utf8(commitmentOf(salt, fields)), utf8(stored.commitment)))
    throw refuse('seal_refused', {}, 'the commitment is of other fields');
  return { fields, salt };
}
