import type { NewKey } from '@countersign/keys';
import {
  CKA_CLASS,
  CKA_DECRYPT,
  CKA_EC_PARAMS,
  CKA_ENCRYPT,
  CKA_EXTRACTABLE,
  CKA_ID,
  CKA_KEY_TYPE,
  CKA_LABEL,
  CKA_PRIVATE,
  CKA_SENSITIVE,
  CKA_SIGN,
  CKA_TOKEN,
  CKA_VALUE_LEN,
  CKA_VERIFY,
  CKK_AES,
  CKK_EC,
  CKO_PRIVATE_KEY,
  CKO_PUBLIC_KEY,
  CKO_SECRET_KEY,
  type Attribute,
} from './cryptoki.js';

/** DER of the object identifier 1.2.840.10045.3.1.7 (RFC 5480 §2.1.1.1). */
const P256 = Buffer.from('06082a8648ce3d030107', 'hex');

/** The id finds a key, the label tells its life. */
const named = (id: string, label: string): Attribute[] => [
  { type: CKA_TOKEN, value: true },
  { type: CKA_ID, value: Buffer.from(id) },
  { type: CKA_LABEL, value: label },
];

/** Made in the token, used in the token: it neither shows nor exports the private half. */
const secret: Attribute[] = [
  { type: CKA_PRIVATE, value: true },
  { type: CKA_SENSITIVE, value: true },
  { type: CKA_EXTRACTABLE, value: false },
];

export const publicTemplate = (id: string, label: string): Attribute[] => [
  { type: CKA_CLASS, value: CKO_PUBLIC_KEY },
  { type: CKA_KEY_TYPE, value: CKK_EC },
  ...named(id, label),
  { type: CKA_VERIFY, value: true },
  { type: CKA_EC_PARAMS, value: P256 },
];

export const privateTemplate = (id: string, label: string): Attribute[] => [
  { type: CKA_CLASS, value: CKO_PRIVATE_KEY },
  { type: CKA_KEY_TYPE, value: CKK_EC },
  ...named(id, label),
  ...secret,
  { type: CKA_SIGN, value: true },
];

export const secretTemplate = (id: string, label: string): Attribute[] => [
  { type: CKA_CLASS, value: CKO_SECRET_KEY },
  { type: CKA_KEY_TYPE, value: CKK_AES },
  ...named(id, label),
  ...secret,
  { type: CKA_VALUE_LEN, value: 32 },
  { type: CKA_ENCRYPT, value: true },
  { type: CKA_DECRYPT, value: true },
];

/** What a key may still do after it was disabled: nothing. */
export const withoutUse = ({ use }: Pick<NewKey, 'use'>): Attribute[] =>
  use === 'sign'
    ? [{ type: CKA_SIGN, value: false }]
    : [
        { type: CKA_ENCRYPT, value: false },
        { type: CKA_DECRYPT, value: false },
      ];
