import { describe, expect, test } from '@jest/globals';
import { lessonOf, type ReadEvent } from './lesson.js';

const EVENT: ReadEvent = {
  id: '01890a5d-ac96-774b-bcce-b302099a8050',
  type: 'session.established',
  time: '2026-11-22T10:00:00.000Z',
  tenant: '01890a5d-ac96-774b-bcce-b302099a8057',
  subject: 'p_x',
  code: '',
  credential: '01890a5d-ac96-774b-bcce-b302099a8058',
  facts: { platform: 'ios' },
};
const BASE = { eventId: EVENT.id, tenant: EVENT.tenant, subject: 'p_x', at: new Date(EVENT.time) };
const SEEN = { credential: EVENT.credential, platform: 'ios' };

describe('what an event teaches', () => {
  test.each<[string, Partial<ReadEvent>, unknown]>([
    ['a session: a sign-in, and where', {}, { ...BASE, kind: 'sign-in', ...SEEN }],
    ['a session of unknown place: a sign-in', { facts: {} }, { ...BASE, kind: 'sign-in' }],
    ['an enrollment: where', { type: 'credential.enrolled' }, { ...BASE, ...SEEN }],
    [
      'a refused sign-in: a failure',
      { type: 'authentication.refused', code: 'signature_invalid' },
      { ...BASE, kind: 'refused' },
    ],
    ['a sign-in refused by risk: nothing', { type: 'authentication.refused', code: 'risk_blocked' }, undefined],
    ['a failure of nobody we know: nothing', { type: 'authentication.refused', subject: '' }, undefined],
    ['anything else: nothing', { type: 'session.ended' }, undefined],
  ])('BCB-7.velocity · %s', (_, change, lesson) => {
    expect(lessonOf({ ...EVENT, ...change })).toEqual(lesson);
  });
});
