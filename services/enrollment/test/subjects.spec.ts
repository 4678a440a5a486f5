import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enrollment } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import { Bank } from './bank.js';

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank.stop());

const create = (reference: string, idempotencyKey = '', displayName = 'Ada', of?: { tenant: string }) =>
  bank.asServer('createSubject', { reference, displayName, idempotencyKey, tenant: '' }, of);

describe('a subject', () => {
  test('is made once per reference and read back with what the bank said', async () => {
    const reference = `customer ${uuidv7()}`;
    const first = await create(reference);
    expect(first.created).toBe(true);
    expect(await create(reference)).toEqual({ subject: first.subject, created: false });
    const read = await bank.asServer('getSubject', { subject: first.subject });
    expect(read).toMatchObject({ subject: first.subject, reference, displayName: 'Ada', activeCredentials: 0 });
    expect(await bank.events('subject.created')).toContainEqual(
      expect.objectContaining({ outcome: 'success', client: 'bank-server' }),
    );
  });

  test('of 64 parallel requests for one reference is made once', async () => {
    const reference = `customer ${uuidv7()}`;
    const results = await Promise.all(Array.from({ length: 64 }, () => create(reference)));
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(results.map(({ subject }) => subject)).size).toBe(1);
  });

  test('the same letters composed differently are the same reference, another case is not', async () => {
    const id = uuidv7();
    const { subject } = await create(`Zo\u00eb ${id}`);
    expect(await create(`Zoe\u0308 ${id}`)).toEqual({ subject, created: false });
    expect((await create(`zo\u00eb ${id}`)).created).toBe(true);
  });

  test('an idempotency key repeats the answer, and refuses another body', async () => {
    const [key, reference] = [uuidv7(), `customer ${uuidv7()}`];
    const { subject } = await create(reference, key);
    expect(await create(reference, key)).toEqual({ subject, created: false });
    await expect(create(`customer ${uuidv7()}`, key)).rejects.toMatchObject({
      code: 'idempotency_conflict',
      kind: 'conflict',
    });
    await expect(create(reference, key, 'Eve')).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  test('an idempotency key used in parallel makes one subject', async () => {
    const key = uuidv7();
    const reference = `customer ${uuidv7()}`;
    const results = await Promise.all(Array.from({ length: 32 }, () => create(reference, key)));
    expect(results.filter(({ created }) => created)).toHaveLength(1);
  });

  test('an idempotency key belongs to its tenant', async () => {
    const key = uuidv7();
    const { tenant } = await bank.neighbour();
    await create(`customer ${uuidv7()}`, key);
    expect((await create(`customer ${uuidv7()}`, key, 'Ada', { tenant })).created).toBe(true);
  });

  test.each(['', 'a\u0000b', 'a\nb', 'x'.repeat(257), '\ud800'])('refuses the reference %j', async (reference) => {
    const code = reference === '\ud800' ? 'created' : 'reference_invalid';
    const outcome = await create(reference).catch((error: { code: string }) => error);
    // A lone surrogate cannot cross the wire: protobuf has replaced it before it arrives.
    expect(outcome).toMatchObject(code === 'created' ? { created: true } : { code });
  });

  test('is not found in another tenant, as if it did not exist', async () => {
    const { subject } = await bank.subject();
    const { tenant } = await bank.neighbour();
    for (const id of [subject, uuidv7(), 'no id']) {
      await expect(bank.asServer('getSubject', { subject: id }, { tenant })).rejects.toMatchObject({
        code: 'not_found',
      });
      const ticket = { subject: id, withPin: false, tenant: '' };
      await expect(bank.asServer('issueTicket', ticket, { tenant })).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('needs the scope, and no person may make one', async () => {
    const scope = { scope: 'subjects:read introspect', tenant: bank.tenant.tenant };
    const request = { reference: 'somebody', displayName: '', idempotencyKey: '', tenant: '' };
    await expect(bank.asServer('createSubject', request, scope)).rejects.toMatchObject({
      code: 'subject_scope_missing',
    });
    const customer = await bank.customer();
    await expect(bank.asPerson(customer, 'createSubject', request)).rejects.toMatchObject({
      code: 'subject_scope_missing',
    });
  });

  test('R28 · a tenant named in the request is refused to everyone but the command line', async () => {
    const { tenant, slug } = await bank.neighbour();
    const request = { reference: `operator ${uuidv7()}`, displayName: 'Op', idempotencyKey: '', tenant };
    await expect(bank.asServer('createSubject', request)).rejects.toMatchObject({ code: 'request_invalid' });
    const cli = bank.installation.client('cli', enrollment.EnrollmentServiceService);
    const { subject, created } = await cli.createSubject({ ...request, tenant: slug }, bank.call());
    expect(created).toBe(true);
    const { ticket } = await cli.issueTicket({ subject, withPin: false, tenant }, bank.call());
    expect(ticket).toMatch(/^[\w-]{43}$/);
    await expect(cli.createSubject({ ...request, tenant: '' }, bank.call())).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
