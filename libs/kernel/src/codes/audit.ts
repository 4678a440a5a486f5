import { codes } from './entry.js';

export const auditCodes = codes({
  cursor_invalid: {
    kind: 'invalid',
    title: 'The cursor is not one of ours.',
    cause: '`cursor` was not taken from `nextCursor` of an earlier page of the same search.',
    remedy: 'Start again without a cursor.',
  },
});
