import { expect, test } from '@jest/globals';
import { EXPORT_START, readExportCursor, writeExportCursor } from './export-cursor.js';

const SESSION = '01936b1c-8d5e-7a41-9c3e-5f1d2a7b9e04';

test('BCB-10.export · a cursor leads back to where both parts stand, and there is none at the end', () => {
  for (const sessions of ['', SESSION, undefined]) {
    for (const events of ['', 'MjAyNmgyLjQx', undefined]) {
      const cursor = writeExportCursor({ sessions, events });
      if (sessions === undefined && events === undefined) expect(cursor).toBe('');
      else expect(readExportCursor(cursor)).toEqual({ sessions, events });
    }
  }
  expect(readExportCursor('')).toEqual(EXPORT_START);
});

test('BCB-10.export · what is no cursor of ours is refused', () => {
  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  for (const cursor of [
    '=',
    'AA',
    encoded('nobody.'),
    encoded(`${SESSION}`),
    encoded(`${SESSION}.a b`),
    encoded('-..x'),
  ])
    expect(() => readExportCursor(cursor)).toThrow(expect.objectContaining({ code: 'cursor_invalid' }));
});
