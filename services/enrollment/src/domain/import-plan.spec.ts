import { describe, expect, test } from '@jest/globals';
import { ImportPlan, type ImportLine, type KnownCredential, type KnownPerson } from './import-plan.js';

const line = (reference: string, credential: string, more: Partial<ImportLine> = {}): ImportLine => ({
  referenceHash: reference,
  credentialHash: credential,
  publicKey: `key of ${credential}`,
  ...more,
});
const person = (reference: string, more: Partial<KnownPerson> = {}): KnownPerson => ({
  subject: `subject ${reference}`,
  referenceHash: reference,
  userHandle: `own ${reference}`,
  untouched: false,
  ...more,
});

function plan(people: KnownPerson[] = [], credentials: KnownCredential[] = []): ImportPlan {
  return new ImportPlan(people, credentials, ({ referenceHash, userHandle }) => ({
    subject: `new ${referenceHash}`,
    userHandle: userHandle ?? `random ${referenceHash}`,
  }));
}

const refused = (code: string) => ({ outcome: 'refused', code });
const imported = (to: string, more = {}) => ({
  outcome: 'imported',
  person: to,
  created: false,
  adopt: false,
  ...more,
});

describe('the plan of an import', () => {
  test('several credentials of one reference are one person’s', () => {
    const batch = plan();
    expect(batch.decide(line('ann', 'a', { userHandle: 'h' }))).toEqual(imported('new ann', { created: true }));
    expect(batch.decide(line('ann', 'b', { userHandle: 'h' }))).toEqual(imported('new ann'));
    expect(batch.decide(line('bob', 'c'))).toEqual(imported('new bob', { created: true }));
  });

  test('run again, it finds what is there', () => {
    const held = { subject: 'subject ann', credentialHash: 'a', publicKey: 'key of a' };
    expect(plan([person('ann')], [held]).decide(line('ann', 'a'))).toEqual({ outcome: 'known' });
    const batch = plan();
    batch.decide(line('ann', 'a'));
    expect(batch.decide(line('ann', 'a'))).toEqual({ outcome: 'known' });
  });

  test.each([
    ['somebody else’s', line('bob', 'a'), [person('ann'), person('bob')]],
    ['a stranger’s', line('carol', 'a'), [person('ann')]],
    ['one with another key', line('ann', 'a', { publicKey: 'other' }), [person('ann')]],
  ])('a credential id that is %s is refused', (_, wanted, people) => {
    const held = { subject: 'subject ann', credentialHash: 'a', publicKey: 'key of a' };
    expect(plan(people, [held]).decide(wanted)).toEqual(refused('credential_exists'));
  });

  test('a user handle is one person’s only, also within a batch', () => {
    const batch = plan([person('ann')]);
    expect(batch.decide(line('bob', 'b', { userHandle: 'own ann' }))).toEqual(refused('user_handle_conflict'));
    batch.decide(line('carol', 'c', { userHandle: 'h' }));
    expect(batch.decide(line('dave', 'd', { userHandle: 'h' }))).toEqual(refused('user_handle_conflict'));
    expect(batch.decide(line('dave', 'd'))).toMatchObject({ outcome: 'imported' });
  });

  test('a person takes over the handle of their authenticators while nothing holds the one they have', () => {
    const batch = plan([person('ann', { untouched: true }), person('bob', { untouched: true })]);
    expect(batch.decide(line('ann', 'a', { userHandle: 'h' }))).toEqual(imported('subject ann', { adopt: true }));
    expect(batch.decide(line('ann', 'b', { userHandle: 'h' }))).toEqual(imported('subject ann'));
    expect(batch.decide(line('ann', 'c', { userHandle: 'other' }))).toEqual(refused('user_handle_conflict'));
    expect(batch.decide(line('bob', 'd', { userHandle: 'h' }))).toEqual(refused('user_handle_conflict'));
  });

  test('and keeps it when authenticators hold it', () => {
    const batch = plan([person('ann')]);
    expect(batch.decide(line('ann', 'a', { userHandle: 'h' }))).toEqual(refused('user_handle_conflict'));
    expect(batch.decide(line('ann', 'a', { userHandle: 'own ann' }))).toEqual(imported('subject ann'));
    expect(batch.decide(line('ann', 'b'))).toEqual(imported('subject ann'));
  });

  test('what was refused leaves nothing behind', () => {
    const batch = plan([person('ann')]);
    batch.decide(line('ann', 'a', { userHandle: 'h' }));
    expect(batch.decide(line('bob', 'a', { userHandle: 'h' }))).toEqual(imported('new bob', { created: true }));
  });
});
