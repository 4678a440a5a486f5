import { describe, expect, test } from '@jest/globals';
import { actionHash, uuidv7 } from '@countersign/kernel';
import { grantClaims, judgeGrant, type GrantedAct } from './grant.js';

const id = uuidv7();
const now = 1_800_000_000;
const caller = { subject: uuidv7(), session: uuidv7(), clientId: 'web' };
const grant = {
  sub: caller.subject,
  sid: caller.session,
  cid: caller.clientId,
  cred: uuidv7(),
  act: 'authenticator.remove',
  ach: actionHash({ name: 'authenticator.remove', parameters: { id } }),
  jti: uuidv7(),
  iat: now,
  exp: now + 60,
};
const act: GrantedAct = { grant, caller, action: 'authenticator.remove', parameters: { id }, now };

describe('a step-up grant', () => {
  test('R29 · passes for its person, session, application and act, up to 60 seconds old', () => {
    expect(judgeGrant(act).ok).toBe(true);
    expect(judgeGrant({ ...act, now: now + 60 }).ok).toBe(true);
    expect(judgeGrant({ ...act, now: now + 61 })).toMatchObject({ ok: false, facts: { check: 'age', age: 61 } });
  });

  test.each([
    ['subject', { sub: uuidv7() }],
    ['session', { sid: uuidv7() }],
    ['client', { cid: 'app' }],
    ['action', { act: 'authenticator.resume' }],
    ['action', { ach: actionHash({ name: 'authenticator.remove', parameters: { id: uuidv7() } }) }],
    ['form', { jti: 'once' }],
    ['form', { cred: '' }],
  ])('R29 · is refused by the check of its %s', (check, changes) => {
    const verdict = judgeGrant({ ...act, grant: { ...grant, ...changes } });
    expect(verdict).toMatchObject({ ok: false, code: 'grant_refused', clause: 'R29', facts: { check } });
  });

  test('R29 · of another action does not pass because the hash is of this one', () => {
    const other = { ...grant, act: 'authenticator.add' };
    expect(judgeGrant({ ...act, grant: other }).ok).toBe(false);
  });

  test('without one of its members is none', () => {
    expect(grantClaims({ ...grant })).toEqual(grant);
    for (const member of Object.keys(grant)) expect(grantClaims({ ...grant, [member]: undefined })).toBeUndefined();
    expect(grantClaims({ ...grant, iat: '1' })).toBeUndefined();
  });
});
