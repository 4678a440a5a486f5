import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeLeaf, type enrollment } from '@countersign/contracts';
import { createDatabase } from '@countersign/database';
import { postgresBus } from '@countersign/event-bus-postgres';
import { uuidv7 } from '@countersign/kernel';
import { SoftAuthenticator } from '@countersign/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { CredentialFinder } from '../src/store/credential-finder.js';
import { credentialHash } from '../src/store/credential-store.js';
import { Bank, ORIGIN, type Customer } from './bank.js';

let bank: Bank;
let ada: Customer;
beforeAll(async () => {
  bank = await Bank.open();
  ada = await bank.customer({ counter: 'increment' });
});
afterAll(() => bank.stop());

type By = NonNullable<enrollment.GetCredentialsRequest['by']>;
const find = (by: By, tenant = ada.tenant) => bank.verification.getCredentials({ tenant, by }, bank.call());
const named = (value: string, tenant?: string) => find({ $case: 'userName', value }, tenant);
const keyed = (value: string, tenant?: string) => find({ $case: 'credentialId', value }, tenant);
const use = (id: string, counter: number) =>
  bank.verification.recordUse({ tenant: ada.tenant, id, counter, backupState: false }, bank.call());

/** Everything an observer of request options could compare. */
const shape = ({ allowed }: enrollment.GetCredentialsResponse) =>
  allowed.map(({ credentialId, transports }) => [/^[\w-]+$/.test(credentialId), transports.includes('internal')]);

describe('whose key', () => {
  test('is answered by credential id, with both wrapped keys', async () => {
    const answer = await keyed(ada.credentialId);
    expect(answer).toMatchObject({ subject: ada.subject, pseudonym: ada.pseudonym, forgettable: false, allowed: [] });
    expect(answer.credentials).toEqual([expect.objectContaining({ id: ada.device, state: 'active', name: '' })]);
    expect(answer.wrappedDataKey).toHaveLength(65);
    expect(answer.wrappedTenantKey.length).toBeGreaterThan(32);
    expect(answer).toMatchObject({ userName: ada.reference, displayName: 'Ada' });
  });

  test('options are told by user name and by subject', async () => {
    for (const answer of [await named(ada.reference), await find({ $case: 'subject', value: ada.subject })]) {
      expect(answer).toMatchObject({ subject: ada.subject, pseudonym: '', userName: '' });
      expect(answer.allowed).toEqual([{ credentialId: ada.credentialId, transports: ['internal'] }]);
      expect(answer.wrappedDataKey).toHaveLength(0);
    }
    expect((await named(ada.reference)).credentials).toEqual([]);
  });

  test('R14 · what policy asks of a key is told by subject only, and nothing else of it', async () => {
    const { credentials } = await find({ $case: 'subject', value: ada.subject });
    const [held] = (await keyed(ada.credentialId)).credentials;
    const { credentialId, transports, state, algorithm, backupEligible, userVerified, aaguid, attestationTrust } =
      held!;
    const told = { credentialId, transports, state, algorithm, backupEligible, userVerified, aaguid, attestationTrust };
    expect(credentials).toEqual([
      expect.objectContaining({ ...told, id: '', publicKey: Buffer.alloc(0), subject: '' }),
    ]);
  });

  test('BCB-3.policy · a model that was only claimed is told as none, wherever a key is judged', async () => {
    const eve = await bank.customer();
    const bySubject = { $case: 'subject', value: eve.subject } as const;
    const models = async () =>
      [await keyed(eve.credentialId), await find(bySubject)].map(({ credentials }) => credentials[0]!.aaguid);
    const [model] = await models();
    expect(await models()).toEqual([model, model]);
    await bank.rows(`update enrollment.credential set attestation_key = 'claimed' where id = $1`, [eve.device]);
    expect(await models()).toEqual(['', '']);
  });

  test('costs one statement', async () => {
    const database = bank.installation.database.open('enrollment');
    const finder = new CredentialFinder(database);
    expect(await finder.ownKeys(ada.tenant, ada.subject)).toHaveLength(1);
    expect(database.counters).toEqual({ statements: 1, transactions: 0 });
    expect((await finder.holder(ada.tenant, credentialHash(ada.credentialId)!))?.credentials).toHaveLength(1);
    expect(database.counters).toEqual({ statements: 2, transactions: 0 });
  });

  test('by a credential id names that one first and the others after it', async () => {
    const eve = await bank.customer();
    const binding = await bank.binding(eve.subject);
    const answer = new SoftAuthenticator().register(await bank.options(binding), { origin: ORIGIN });
    await bank.complete(binding, answer);
    expect((await keyed(answer.id)).credentials.map(({ credentialId }) => credentialId)).toEqual([
      answer.id,
      eve.credentialId,
    ]);
    expect((await keyed(eve.credentialId)).credentials.map(({ credentialId }) => credentialId)).toEqual([
      eve.credentialId,
      answer.id,
    ]);
  });

  test('R14 · an unknown user and one without keys look like a known one, and the same on every call', async () => {
    const { reference } = await bank.subject();
    for (const name of [reference, `nobody ${uuidv7()}`, '', 'a\u0000b', 'x'.repeat(5_000)]) {
      const [first, second] = [await named(name), await named(name)];
      expect(first.allowed).toEqual(second.allowed);
      expect(shape(first).every((each) => each.every(Boolean))).toBe(true);
      expect(first.allowed.length).toBeGreaterThanOrEqual(1);
      expect(first.credentials).toEqual([]);
    }
  });

  test('R14 · decoys differ between users and between tenants, and two replicas show the same', async () => {
    const { tenant } = await bank.neighbour();
    const name = `nobody ${uuidv7()}`;
    const ids = async (of: string, at = ada.tenant) =>
      (await named(of, at)).allowed.map(({ credentialId }) => credentialId);
    const all = [...(await ids(name)), ...(await ids(`${name}.`)), ...(await ids(name, tenant))];
    expect(new Set(all).size).toBe(all.length);
    const by = { $case: 'userName', value: name } as const;
    const { allowed } = await bank.otherVerification.getCredentials({ tenant: ada.tenant, by }, bank.call());
    expect(allowed).toEqual((await named(name)).allowed);
  });

  test('R14 · a decoy presented as a key is nobody’s, and no browser is told to forget it', async () => {
    const [decoy] = (await named(`nobody ${uuidv7()}`)).allowed;
    expect(await keyed(decoy!.credentialId)).toMatchObject({ subject: '', forgettable: false });
    expect(await keyed(Buffer.alloc(32, 7).toString('base64url'))).toMatchObject({ subject: '', forgettable: true });
    expect(await keyed('no id at all!')).toMatchObject({ subject: '', credentials: [] });
  });

  test('BCB-16.rows · another tenant’s user and key are unknown', async () => {
    const { tenant } = await bank.neighbour();
    expect(await named(ada.reference, tenant)).toMatchObject({ subject: '', credentials: [] });
    expect(await keyed(ada.credentialId, tenant)).toMatchObject({ subject: '', credentials: [] });
    expect(await find({ $case: 'subject', value: ada.subject }, tenant)).toMatchObject({ subject: '' });
  });

  test('a suspended key is returned with its state and not shown in options', async () => {
    const eve = await bank.customer();
    await bank.asPerson(eve, 'suspendCredential', { id: eve.device });
    const answer = await named(eve.reference);
    const held = await keyed(eve.credentialId);
    expect(held.credentials).toEqual([expect.objectContaining({ id: eve.device, state: 'suspended' })]);
    expect(answer.allowed.map(({ credentialId }) => credentialId)).not.toContain(eve.credentialId);
    expect(answer.allowed.length).toBeGreaterThanOrEqual(1);
  });
});

describe('a use of a key', () => {
  test('R2 · moves the counter upward only, also for 64 at once', async () => {
    expect(await use(ada.device, 5)).toEqual({ advanced: true });
    expect(await use(ada.device, 5)).toEqual({ advanced: false });
    expect(await use(ada.device, 4)).toEqual({ advanced: false });
    expect(await use(ada.device, 0)).toEqual({ advanced: false });
    const parallel = await Promise.all(Array.from({ length: 64 }, () => use(ada.device, 6)));
    expect(parallel.filter(({ advanced }) => advanced)).toHaveLength(1);
    expect((await keyed(ada.credentialId)).credentials[0]).toMatchObject({
      counter: 6,
      lastUsedAt: expect.stringMatching(/^20/),
    });
  });

  test('of an authenticator that does not count is no replay', async () => {
    const eve = await bank.customer();
    expect(await use(eve.device, 0)).toEqual({ advanced: true });
    expect(await use(eve.device, 0)).toEqual({ advanced: true });
  });

  test('is learned from session’s events, a later one never replaced by an earlier', async () => {
    const eve = await bank.customer();
    const [late, early] = [new Date('2031-05-05T05:05:05.000Z'), new Date('2031-01-01T00:00:00.000Z')];
    await publish(eve, [late, early]);
    const lastUse = async () => (await bank.list(eve))[0]!.lastUsedAt;
    for (const end = Date.now() + 10_000; (await lastUse()) === '' && Date.now() < end;) await sleep(50);
    expect(await lastUse()).toBe(late.toISOString());
  });
});

describe('a counter that went back', () => {
  test('R2 · suspends the key for good: no resume, its sessions end, and a new enrollment on the same device is possible', async () => {
    const eve = await bank.customer();
    const request = {
      tenant: eve.tenant,
      id: eve.device,
      reason: 'counter_replayed',
      storedCounter: 9,
      sentCounter: 3,
    };
    await bank.verification.suspend(request, bank.call());
    await bank.verification.suspend(request, bank.call());
    const events = await bank.events('credential.suspended', eve.pseudonym);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ facts: { reason: 'counter_replayed', storedCounter: '9', sentCounter: '3' } });
    expect(bank.session.ended).toContainEqual({ tenant: eve.tenant, credential: eve.device, reason: 'suspended' });
    const other = await secondDevice(eve);
    const grant = await bank.session.grant(eve, other, {
      name: 'authenticator.resume',
      parameters: { id: eve.device },
    });
    const resumed = bank.asPerson(eve, 'resumeCredential', { id: eve.device, grant });
    await expect(resumed).rejects.toMatchObject({ code: 'credential_compromised' });
    const [refusal] = await bank.events('credential.refused', eve.pseudonym);
    expect(refusal).toMatchObject({ code: 'credential_compromised', credential: eve.device });
    const options = await bank.options(await bank.binding(eve.subject));
    expect(options.excludeCredentials!.map(({ id }) => id)).not.toContain(eve.credentialId);
  });

  test('of an unknown key or another tenant’s is not found', async () => {
    const counters = { reason: 'counter_replayed', storedCounter: 1, sentCounter: 1 };
    const { tenant } = await bank.neighbour();
    for (const target of [
      { tenant, id: ada.device },
      { tenant: ada.tenant, id: uuidv7() },
    ]) {
      await expect(bank.verification.suspend({ ...target, ...counters }, bank.call())).rejects.toMatchObject({
        code: 'not_found',
      });
    }
  });

  async function secondDevice(who: Customer): Promise<string> {
    const binding = await bank.binding(who.subject);
    const answer = new SoftAuthenticator().register(await bank.options(binding), { origin: ORIGIN });
    return (await bank.complete(binding, answer)).credential!.id;
  }
});

/** Publishes sign-ins as session's relay would. */
async function publish(who: Customer, times: Date[]): Promise<void> {
  const relay = createDatabase({ url: bank.installation.database.relayUrl('session'), schema: 'session' });
  const bus = postgresBus(relay);
  const events = times.map((at) => {
    const fields = { source: 'session', type: 'session.established', outcome: 'success' } as const;
    return makeLeaf(
      { ...fields, tenant: who.tenant, request: uuidv7(), credential: who.device, subject: who.pseudonym },
      at,
    );
  });
  try {
    await bus.publish('session', events);
  } finally {
    await bus.close();
    await relay.close();
  }
}
