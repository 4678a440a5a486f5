import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkRowSecurity } from '@countersign/database';
import { toBase64Url } from '@countersign/kernel';
import { Bank, FROM, ORIGIN, type Customer } from './bank.js';
import { SoftAuthenticator } from '@countersign/testing';

const REFERENCE = 'CANARY-REFERENCE-4711';
const NAME = 'CANARY-DISPLAY-NAME';
const DEVICE = 'CANARY-DEVICE-NAME';
const CANARIES = [REFERENCE, NAME, DEVICE, FROM.address, FROM.userAgent];

let bank: Bank;
let ada: Customer;
let secrets: string[];
beforeAll(async () => {
  bank = await Bank.open();
  ada = await bank.customer();
  secrets = await enrollCanary();
});
afterAll(() => bank.stop());

/** Sends canaries through every way in, and answers with the secrets that were handed out on the way. */
async function enrollCanary(): Promise<string[]> {
  const request = { reference: REFERENCE, displayName: NAME, idempotencyKey: 'CANARY-IDEMPOTENCY', tenant: '' };
  const { subject } = await bank.asServer('createSubject', request);
  const { ticket, pin } = await bank.asServer('issueTicket', { subject, withPin: true, tenant: '' });
  await bank.openTicket(ticket, '').catch(() => undefined);
  const { binding } = await bank.openTicket(ticket, pin);
  const authenticator = new SoftAuthenticator();
  await bank
    .complete(binding, authenticator.register(await bank.options(binding), { origin: 'https://x.example' }))
    .catch(() => undefined);
  const options = await bank.options(binding);
  const { credential } = await bank.complete(binding, authenticator.register(options, { origin: ORIGIN }), 0, DEVICE);
  const canary = { ...ada, subject, device: credential!.id };
  await bank.asPerson(canary, 'renameCredential', { id: credential!.id, name: `${DEVICE} 2` });
  await bank.asPerson(canary, 'suspendCredential', { id: credential!.id });
  return [ticket, binding, options.challenge];
}

/** Every column of every table of the schema, as text and, where it is bytes, as the text those bytes are. */
async function everything(): Promise<{ table: string; text: string }[]> {
  const tables = await bank.rows<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'enrollment' and c.relkind in ('r', 'p')`,
  );
  const texts = tables.map(async ({ name }) => {
    const rows = await bank.rows<Record<string, unknown>>(`select * from ${name}`);
    const values = rows
      .flatMap(Object.values)
      .map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)));
    return { table: name, text: values.join('\n') };
  });
  return Promise.all(texts);
}

describe('what is stored', () => {
  test('BCB-10.sealed · no column of any table holds personal data in clear', async () => {
    const stored = await everything();
    expect(stored.map(({ table }) => table)).toContain('enrollment.outbox');
    expect(stored.filter(({ text }) => text.length > 0).length).toBeGreaterThan(6);
    for (const canary of CANARIES) expect(stored.filter(({ text }) => text.includes(canary))).toEqual([]);
  });

  test('BCB-10.sealed · no column holds a ticket, a binding, an idempotency key or a challenge', async () => {
    const stored = await everything();
    for (const secret of [...secrets, 'CANARY-IDEMPOTENCY']) {
      expect(stored.filter(({ text }) => text.includes(secret))).toEqual([]);
      const bytes = Buffer.from(secret, 'base64url').toString('latin1');
      expect(stored.filter(({ text }) => text.includes(bytes))).toEqual([]);
    }
  });

  test('BCB-10.sealed · the person reads it back, and nobody else does', async () => {
    const [event] = await bank.events('credential.enrolled', ada.pseudonym);
    const [{ sealed }] = (await bank.rows<{ sealed: Buffer }>(
      'select sealed from enrollment.outbox where event_id = $1',
      [event!.id],
    )) as [{ sealed: Buffer }];
    const details = { commitment: event!.personal!.c, keyId: event!.personal!.k, sealed, event: event!.id };
    const open = async (who: Customer, entry = details) =>
      (await bank.asPerson(who, 'openDetails', { details: [entry] })).details;
    const [own] = await open(ada);
    expect(JSON.parse(own!)).toEqual({ address: FROM.address, userAgent: FROM.userAgent, name: 'Mac' });
    const eve = await bank.customer();
    const damaged = Buffer.from(sealed);
    damaged[20]! ^= 1;
    expect(await open(eve)).toEqual(['']);
    expect(await open(ada, { ...details, sealed: damaged })).toEqual(['']);
    expect(await open(ada, { ...details, event: eve.session })).toEqual(['']);
    expect(await open(ada, { ...details, commitment: toBase64Url(Buffer.alloc(32)) })).toEqual(['']);
  });
});

describe('who sees what is stored', () => {
  test('BCB-16.rows · every table shows a tenant its own rows and nobody else’s', async () => {
    const { adminUrl, name } = bank.installation.database;
    const tenant = ['tenant_key', 'subject', 'idempotency_key', 'ticket', 'credential', 'spent_grant', 'device_ending'];
    tenant.push('erasure', 'metadata_judgement', 'device_finding', 'attestation_certificate');
    const shared = [
      'keyed_hash_secret',
      'consumer_position',
      'outbox_lease',
      'outbox_manifest',
      'metadata_blob',
      'metadata_refresh',
      'android_status',
    ];
    const rules = [
      ...[...tenant, 'outbox', 'snapshot'].map((table) => [`enrollment.${table}`, 'tenant'] as const),
      ...shared.map((table) => [`enrollment.${table}`, 'shared'] as const),
    ];
    const { findings } = await checkRowSecurity(adminUrl, name, Object.fromEntries(rules));
    expect(findings.filter((finding) => finding.startsWith('enrollment.'))).toEqual([]);
  });

  test('what can no longer be presented is forgotten, and nothing else', async () => {
    const jti = async (expires: string): Promise<void> => {
      const values = [ada.tenant, expires];
      await bank.rows(
        `insert into enrollment.spent_grant values ($1, gen_random_uuid(), clock_timestamp() + $2::interval)`,
        values,
      );
    };
    await jti('-1 second');
    await jti('1 minute');
    await bank.rows(`update enrollment.ticket set expires_at = expires_at - interval '2 days' where subject = $1`, [
      ada.subject,
    ]);
    const database = bank.installation.database.open('enrollment');
    await database.query({ name: 'sweep', text: 'select sweep()' });
    const left = async (sql: string): Promise<number> =>
      (await bank.rows<{ n: number }>(`select count(*)::int as n from enrollment.${sql}`))[0]!.n;
    expect(await left('spent_grant')).toBe(1);
    expect(await left(`ticket where subject = '${ada.subject}'`)).toBe(0);
    expect(await left('ticket')).toBeGreaterThan(0);
    expect(await left('idempotency_key')).toBe(1);
  });
});
