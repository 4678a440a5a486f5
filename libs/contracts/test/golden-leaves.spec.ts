import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { canonicalBytes } from '@countersign/kernel';
import { EVENT_TYPES, makeLeaf, readLeaf, type EventFields } from '../src/index.js';

/** One leaf as it was written once and has to be written for ever. */
interface Golden {
  fields: EventFields;
  id: string;
  at: string;
  leaf: string;
  /** Of the leaf's bytes, hex. */
  sha256: string;
  /** What `fields.personal` commits to, and the salt as base64url. */
  committed?: { salt: string; fields: Record<string, string> };
}

const file = new URL('./golden-leaves.json', import.meta.url);
const goldens = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Golden>;
const each = Object.entries(goldens);

describe('BCB-8.append · golden leaves', () => {
  test('every event type has exactly one, under its own name', () => {
    expect(Object.keys(goldens).sort()).toEqual(Object.keys(EVENT_TYPES).sort());
    expect(each.filter(([type, { fields }]) => type !== fields.type)).toEqual([]);
  });

  test('no two are alike', () => {
    expect(new Set(each.map(([, { id }]) => id)).size).toBe(each.length);
    expect(new Set(each.map(([, { sha256 }]) => sha256)).size).toBe(each.length);
  });

  test.each(each)('%s is written to the byte', (_type, { fields, id, at, leaf }) => {
    const made = makeLeaf(fields, new Date(at), id);
    expect(Buffer.from(made.leaf).toString('utf8')).toBe(leaf);
    expect(made).toMatchObject({ eventId: id, tenant: fields.tenant, type: fields.type });
  });

  test.each(each)('%s has the digest it always had', (_type, { leaf, sha256 }) => {
    expect(createHash('sha256').update(leaf, 'utf8').digest('hex')).toBe(sha256);
  });

  test.each(each)('%s is read back as what was said', (_type, { fields, id, at, leaf }) => {
    const { personal, ...said } = fields;
    const event = readLeaf(Buffer.from(leaf, 'utf8'));
    expect(event).toMatchObject({ ...said, v: 1, specversion: '1.0', id, time: at });
    expect(event.personal).toEqual(personal && { c: personal.commitment, k: personal.keyId });
  });

  test.each(each)('%s names no member that its event leaves empty', (_type, { leaf }) => {
    const values = Object.values(JSON.parse(leaf) as object).flatMap((value: unknown) =>
      typeof value === 'object' ? Object.values(value as object) : [value],
    );
    expect(values.filter((value) => value === '' || value === 0)).toEqual([]);
  });

  test.each(each.filter(([, { committed }]) => committed))(
    'BCB-10.sealed · %s commits to its personal fields and shows none of them',
    (_type, { fields, leaf, committed }) => {
      const { salt, fields: personal } = committed!;
      const hmac = createHmac('sha256', Buffer.from(salt, 'base64url')).update(canonicalBytes(personal));
      expect(hmac.digest('base64url')).toBe(fields.personal!.commitment);
      for (const value of Object.values(personal)) expect(leaf).not.toContain(value);
    },
  );
});
