import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { unixSeconds, uuidv7 } from '@countersign/kernel';
import { SoftAuthenticator } from '@countersign/testing';
import type { PublicKeyCredentialCreationOptionsJSON } from '@countersign/webauthn';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bank, FROM, ORIGIN, type Customer } from './bank.js';

const ADD = { name: 'authenticator.add' };
const removal = (id: string) => ({ name: 'authenticator.remove', parameters: { id } });
const resumption = (id: string) => ({ name: 'authenticator.resume', parameters: { id } });

let bank: Bank;
let ada: Customer;
beforeAll(async () => {
  bank = await Bank.open();
});
beforeEach(async () => {
  ada = await bank.customer();
});
afterAll(() => bank.stop());

const begin = async (grant: string, who = ada): Promise<PublicKeyCredentialCreationOptionsJSON> =>
  JSON.parse(
    (await bank.asPerson(who, 'beginWithGrant', { grant, origin: FROM })).options,
  ) as PublicKeyCredentialCreationOptionsJSON;
const finish = (credential: unknown, who = ada, replica: 0 | 1 = 0) =>
  bank.asPerson(who, 'completeWithGrant', { credential: JSON.stringify(credential), name: '', origin: FROM }, replica);
const suspend = (id: string, who = ada) => bank.asPerson(who, 'suspendCredential', { id });
const resume = (id: string, grant: string, who = ada) => bank.asPerson(who, 'resumeCredential', { id, grant });
const revoke = (id: string, grant: string, who = ada, replica: 0 | 1 = 0) =>
  bank.asPerson(who, 'revokeCredential', { id, grant }, replica);

describe('adding an authenticator', () => {
  test('R29 · by a session alone is refused: it needs a grant', async () => {
    await expect(begin('')).rejects.toMatchObject({
      code: 'step_up_required',
      details: { acrValues: 'phr', maxAge: 60, action: 'authenticator.add' },
    });
  });

  test('R29 · with a fresh grant stores it, answers with the signal, and leaves an entry in the history', async () => {
    const options = await begin(await bank.grant(ada, ADD));
    expect(options.excludeCredentials).toEqual([
      { id: ada.credentialId, type: 'public-key', transports: ['internal'] },
    ]);
    const answer = new SoftAuthenticator().register(options, { origin: ORIGIN });
    const { credential, ...signals } = await finish(answer);
    expect(signals.acceptedCredentialIds.sort()).toEqual([ada.credentialId, answer.id].sort());
    expect(signals).toMatchObject({ userHandle: options.user.id, userName: ada.reference, displayName: 'Ada' });
    const [event] = (await bank.events('credential.enrolled', ada.pseudonym)).slice(-1);
    expect(event).toMatchObject({ credential: credential!.id, session: ada.session, facts: { by: 'grant' } });
  });

  test('R29 · 64 parallel completions under one grant add one authenticator', async () => {
    const grant = await bank.grant(ada, ADD);
    const answers = await Promise.all(
      Array.from({ length: 64 }, async () => new SoftAuthenticator().register(await begin(grant), { origin: ORIGIN })),
    );
    const outcomes = await Promise.allSettled(answers.map((answer, i) => finish(answer, ada, (i % 2) as 0 | 1)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await bank.list(ada)).toHaveLength(2);
  });

  const age = (seconds: number) => {
    const iat = unixSeconds(new Date()) - seconds;
    return { iat, exp: iat + 60 };
  };
  test.each<[string, (who: Customer) => Promise<string>]>([
    ['for another action', (who) => bank.grant(who, removal(who.device))],
    ['with other parameters', (who) => bank.grant(who, { name: 'authenticator.add', parameters: { id: who.device } })],
    ['of another session', (who) => bank.grant({ ...who, session: uuidv7() }, ADD)],
    ['of another application', (who) => bank.grant({ ...who, clientId: 'other' }, ADD)],
    ['of another person', (who) => bank.grant({ ...who, subject: uuidv7() }, ADD)],
    ['of another tenant', (who) => bank.grant(who, ADD, { aud: `countersign:${uuidv7()}` })],
    ['that is 61 seconds old', (who) => bank.grant(who, ADD, age(61))],
    ['that lives longer than 60 seconds', (who) => bank.grant(who, ADD, { exp: unixSeconds(new Date()) + 90 })],
    ['of another class of token', (who) => bank.session.grant(who, who.device, ADD, {}, 'at+jwt')],
    ['by another issuer', (who) => bank.grant(who, ADD, { iss: 'countersign-gateway' })],
    ['without an id', (who) => bank.grant(who, ADD, { jti: undefined })],
    ['that is no token', async () => 'abc.def.ghi'],
  ])('R29 · with a grant %s is refused and recorded', async (_, grantOf) => {
    const grant = await grantOf(ada);
    await expect(begin(grant)).rejects.toMatchObject({ code: 'grant_refused' });
    const [event] = await bank.events('grant.refused', ada.pseudonym);
    expect(event).toMatchObject({ code: 'grant_refused', clause: 'R29', facts: { action: 'authenticator.add' } });
  });

  test('R29 · a grant whose authenticator was suspended meanwhile adds nothing', async () => {
    const options = await begin(await bank.grant(ada, ADD));
    await suspend(ada.device);
    const answer = new SoftAuthenticator().register(options, { origin: ORIGIN });
    await expect(finish(answer)).rejects.toMatchObject({ code: 'grant_refused' });
  });

  test('R29 · options of one session do not complete in another', async () => {
    const answer = new SoftAuthenticator().register(await begin(await bank.grant(ada, ADD)), { origin: ORIGIN });
    await expect(finish(answer, { ...ada, session: uuidv7() })).rejects.toMatchObject({ code: 'grant_refused' });
    await expect(finish(answer)).rejects.toMatchObject({ code: 'challenge_spent' });
  });
});

describe('the life of a device', () => {
  test('BCB-6.list · shows the owner what is enrolled, with names', async () => {
    const { credentials, userHandle } = await bank.asPerson(ada, 'listCredentials', {});
    expect(credentials).toEqual([
      expect.objectContaining({ id: ada.device, name: 'Mac', state: 'active', lastUsedAt: '' }),
    ]);
    expect(Buffer.from(userHandle, 'base64url')).toHaveLength(32);
  });

  test('BCB-6.rename · takes 1 to 64 characters and nothing unprintable', async () => {
    const { credential } = await bank.asPerson(ada, 'renameCredential', { id: ada.device, name: 'Büro' });
    expect(credential!.name).toBe('Büro');
    expect((await bank.list(ada))[0]!.name).toBe('Büro');
    for (const name of ['', '  ', 'x'.repeat(65), 'a\u0007b', 'a\u2028b']) {
      await expect(bank.asPerson(ada, 'renameCredential', { id: ada.device, name })).rejects.toMatchObject({
        code: 'device_name_invalid',
      });
    }
    expect(await bank.events('credential.renamed', ada.pseudonym)).toHaveLength(1);
  });

  test('BCB-6.suspend · needs a session only, ends the device’s sessions, and twice is once', async () => {
    const { credential } = await suspend(ada.device);
    expect(credential!.state).toBe('suspended');
    expect((await suspend(ada.device)).credential!.state).toBe('suspended');
    expect(bank.session.ended).toContainEqual({ tenant: ada.tenant, credential: ada.device, reason: 'suspended' });
    expect(await bank.events('credential.suspended', ada.pseudonym)).toHaveLength(1);
  });

  test('BCB-6.resume · needs a grant for this very device, and uses it up', async () => {
    const phone = await secondDevice();
    await suspend(phone);
    await expect(resume(phone, '')).rejects.toMatchObject({
      code: 'step_up_required',
      details: { action: 'authenticator.resume' },
    });
    await expect(resume(phone, await bank.grant(ada, resumption(ada.device)))).rejects.toMatchObject({
      code: 'grant_refused',
    });
    const grant = await bank.grant(ada, resumption(phone));
    expect((await resume(phone, grant)).credential!.state).toBe('active');
    await suspend(phone);
    await expect(resume(phone, grant)).rejects.toMatchObject({ code: 'grant_refused' });
    expect(await bank.events('credential.resumed', ada.pseudonym)).toHaveLength(1);
  });

  test('BCB-6.resume · of an active device is a conflict that leaves the grant unspent', async () => {
    const phone = await secondDevice();
    const grant = await bank.grant(ada, resumption(phone));
    await expect(resume(phone, grant)).rejects.toMatchObject({ code: 'conflict' });
    await suspend(phone);
    await expect(resume(phone, grant)).resolves.toBeDefined();
  });

  test('BCB-6.revoke R29 · is final, needs a grant, and the last one may go', async () => {
    await expect(revoke(ada.device, '')).rejects.toMatchObject({
      code: 'step_up_required',
      details: { action: 'authenticator.remove' },
    });
    expect(await revoke(ada.device, await bank.grant(ada, removal(ada.device)))).toMatchObject({
      acceptedCredentialIds: [],
    });
    expect(bank.session.ended).toContainEqual({ tenant: ada.tenant, credential: ada.device, reason: 'revoked' });
    expect(await bank.list(ada)).toEqual([]);
    await expect(suspend(ada.device)).rejects.toMatchObject({ code: 'conflict' });
    const by = { $case: 'credentialId', value: ada.credentialId } as const;
    const found = await bank.verification.getCredentials({ tenant: ada.tenant, by }, bank.call());
    expect(found).toMatchObject({ subject: '', credentials: [], forgettable: true });
    await expect(bank.binding(ada.subject)).resolves.toBeDefined();
  });

  test('BCB-6.revoke · of 32 parallel removals under one grant one removes', async () => {
    const [first, second] = [await secondDevice(), await secondDevice()];
    const grant = await bank.grant(ada, removal(first));
    const tries = Array.from({ length: 32 }, (_, i) => revoke(i % 4 ? first : second, grant, ada, (i % 2) as 0 | 1));
    expect((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await bank.list(ada)).map(({ id }) => id).sort()).toEqual([ada.device, second].sort());
  });

  test('BCB-6.revoke · sessions are ended later when session was down, by a worker', async () => {
    bank.session.down = true;
    try {
      await revoke(ada.device, await bank.grant(ada, removal(ada.device)));
      expect(await bank.list(ada)).toEqual([]);
    } finally {
      bank.session.down = false;
    }
    const ended = () => bank.session.ended.some(({ credential }) => credential === ada.device);
    for (const end = Date.now() + 15_000; !ended() && Date.now() < end;) await sleep(100);
    expect(ended()).toBe(true);
    const open = () => bank.rows('select from enrollment.device_ending where credential = $1', [ada.device]);
    for (const end = Date.now() + 5_000; (await open()).length > 0 && Date.now() < end;) await sleep(100);
    expect(await open()).toEqual([]);
  });

  test('BCB-16.rows · another person’s device, another tenant’s and a random id are all not found', async () => {
    const eve = await bank.customer();
    const stranger = { ...eve, tenant: (await bank.neighbour()).tenant };
    for (const id of [ada.device, uuidv7(), 'no id']) {
      await expect(suspend(id, eve)).rejects.toMatchObject({ code: 'not_found' });
      await expect(bank.asPerson(eve, 'renameCredential', { id, name: 'mine' })).rejects.toMatchObject({
        code: 'not_found',
      });
      await expect(revoke(id, await bank.grant(eve, removal(id)), eve)).rejects.toMatchObject({ code: 'not_found' });
      await expect(resume(id, await bank.grant(eve, resumption(id)), eve)).rejects.toMatchObject({ code: 'not_found' });
      await expect(suspend(id, stranger)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await bank.list(ada))[0]!.state).toBe('active');
  });

  async function secondDevice(): Promise<string> {
    const answer = new SoftAuthenticator().register(await begin(await bank.grant(ada, ADD)), { origin: ORIGIN });
    return (await finish(answer)).credential!.id;
  }
});
