import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { canonicalBytes } from '@countersign/kernel';
import { openFields } from '../src/index.js';

interface Golden {
  dataKey: string;
  context: Record<string, string>;
  fields: Record<string, string>;
  commitment: string;
  keyId: string;
  sealed: string;
}

const golden = JSON.parse(readFileSync(new URL('./golden-sealed.json', import.meta.url), 'utf8')) as Golden;
const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
const [dataKey, sealed] = [bytes(golden.dataKey), bytes(golden.sealed)];

describe('BCB-10.sealed · details that were sealed once stay readable', () => {
  test('the golden value opens to what was sealed', () => {
    const { fields } = openFields(dataKey, golden.context, { commitment: golden.commitment, sealed });
    expect(fields).toEqual(golden.fields);
  });

  test('it is laid out as docs/protocols/leaf-v1.md says', () => {
    expect(sealed[0]).toBe(1);
    const named = createHash('sha256').update('countersign sealing key id').update(dataKey).digest().subarray(0, 4);
    expect(sealed.subarray(1, 5)).toEqual(named);
    expect(named.toString('base64url')).toBe(golden.keyId);
    const decipher = createDecipheriv('aes-256-gcm', dataKey, sealed.subarray(5, 17), { authTagLength: 16 });
    decipher
      .setAAD(Buffer.concat([sealed.subarray(0, 5), canonicalBytes(golden.context)]))
      .setAuthTag(sealed.subarray(-16));
    const plaintext = Buffer.concat([decipher.update(sealed.subarray(17, -16)), decipher.final()]);
    const { fields, salt } = JSON.parse(plaintext.toString('utf8')) as { fields: object; salt: string };
    expect(plaintext).toEqual(Buffer.from(canonicalBytes({ fields: golden.fields, salt })));
    expect(bytes(salt)).toHaveLength(32);
    expect(createHmac('sha256', bytes(salt)).update(canonicalBytes(fields)).digest('base64url')).toBe(
      golden.commitment,
    );
  });
});
