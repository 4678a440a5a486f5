import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminDatabase,
  addDevice,
  bearer,
  call,
  createBank,
  createCustomer,
  eventually,
  grantFor,
  named,
  recorded,
  refusedWith,
  serverToken,
  sharedHost,
  EXPORTED,
  KEPT_BACK,
  WITHOUT_PEOPLE,
  type Bank,
  type Customer,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import type { SubjectExport } from '@countersign/sdk-node';
import { columnsOf, tableOf, tracesOf } from '../src/traces.js';

let host: HostProcess;
let database: AdminDatabase;
let bank: Bank;
let ada: Customer;
let eve: Customer;
beforeAll(async () => {
  host = await sharedHost();
  database = new AdminDatabase(host);
  bank = await createBank(host);
  [ada, eve] = [await livedIn(), await livedIn()];
}, 180_000);
afterAll(() => database.close());

/** A person of whom every service holds something. */
async function livedIn(): Promise<Customer> {
  const customer = await createCustomer(host, bank);
  await customer.browser.signIn();
  const { id } = await addDevice(host, bank, customer);
  await grantFor(customer.browser, 'payee.add', { iban: 'DE02120300000000202051' });
  await customer.browser.request('POST', `/auth/devices/${id}/suspend`, {});
  await recorded(bank, { type: 'credential.suspended', about: id });
  await learned(
    'risk',
    'select count(*) as n from risk.sighting r join enrollment.subject s on s.pseudonym = r.subject where s.id = $1',
    customer,
  );
  await learned(
    'enrollment',
    'select count(*) as n from enrollment.credential where subject = $1 and last_used_at is not null',
    customer,
  );
  return customer;
}

/** A service has read what the others told of a person. */
const learned = (service: string, counted: string, { subject }: Customer): Promise<true> =>
  eventually(`${service} has learned`, async () => (await database.count(counted, [subject])) > 0 || undefined);

async function whole(subject: string): Promise<SubjectExport & { pages: number }> {
  const first = await bank.sdk.exportSubject(subject);
  let pages = 1;
  for (let { nextCursor } = first; nextCursor; pages += 1) {
    const next = await bank.sdk.exportSubject(subject, nextCursor);
    first.sessions.push(...next.sessions);
    first.events.push(...next.events);
    nextCursor = next.nextCursor;
  }
  return { ...first, pages };
}

/** Whether a path such as `devices.attestation.format` is a member somewhere in the document. */
function has(value: unknown, path: readonly string[]): boolean {
  if (path.length === 0) return true;
  if (Array.isArray(value)) return value.some((each) => has(each, path));
  const [name, ...rest] = path;
  return typeof value === 'object' && value !== null && name! in value && has((value as Json)[name!], rest);
}

describe('export', () => {
  test('BCB-10.export · every column of every table is in the export, or on the list that says why not', async () => {
    const existing = await columnsOf(database);
    const unknown = existing.filter(
      (column) => !(column in EXPORTED) && !(column in KEPT_BACK) && !(tableOf(column) in WITHOUT_PEOPLE),
    );
    expect(unknown).toEqual([]);
    const said = [...Object.keys(EXPORTED), ...Object.keys(KEPT_BACK)];
    expect(said.filter((column) => !existing.includes(column))).toEqual([]);
    const tables = new Set(existing.map(tableOf));
    expect(Object.keys(WITHOUT_PEOPLE).filter((table) => !tables.has(table))).toEqual([]);
  });

  test('BCB-10.export · what the list says is exported is a member of the document', async () => {
    await database.rows(
      `insert into enrollment.device_finding (tenant, credential, code, detail, action, metadata_no)
       select tenant, id, 'model_status_refused', 'REVOKED', 'listed', 7 from enrollment.credential where subject = $1 limit 1`,
      [ada.subject],
    );
    await database.rows(
      `insert into enrollment.device_ending (id, tenant, credential, reason, due_at)
       select gen_random_uuid(), tenant, id, 'suspended', now() + interval '1 hour' from enrollment.credential where subject = $1 limit 1`,
      [ada.subject],
    );
    await database.rows(
      `insert into enrollment.attestation_certificate (tenant, credential, place, format, serial, key)
       select tenant, id, 0, 'packed', '01', 'ab' from enrollment.credential where subject = $1 limit 1`,
      [ada.subject],
    );
    const document = await whole(ada.subject);
    const missing = Object.entries(EXPORTED).filter(([, path]) => !has(document, path.split('.')));
    expect(missing).toEqual([]);
  });

  test('BCB-10.export · it is in clear for the bank’s server: names, addresses and browsers', async () => {
    const document = await whole(ada.subject);
    expect(document.person).toMatchObject({ id: ada.subject, reference: ada.userName, displayName: 'A Customer' });
    expect(document.devices!.map(({ name }) => name)).toContain('test device');
    const opened = document.events.map(({ details }) => details as Json | undefined);
    expect(opened.some((details) => details?.['address'] !== undefined)).toBe(true);
    expect(document.events.map(({ event }) => (event as Json).type)).toContain('session.established');
    expect(JSON.stringify(document)).not.toContain(eve.userName);
  });

  test('BCB-10.export · pages go on until there is nothing left, and each event comes once', async () => {
    const subject = (await createCustomer(host, bank)).subject;
    await bank.sdk.exportSubject(subject);
    await database.rows(
      `insert into session.session (id, tenant, subject, pseudonym, client_id, credential, begun_at, platform, acr, amr, auth_time,
                                    cookie_hash, created_at, ended_at, end_reason)
       select gen_random_uuid(), s.tenant, s.id, s.pseudonym, 'old', gen_random_uuid(), now(), 'macos', 'phr', '{}', 0, 'x', now(),
              case when n % 2 = 0 then now() end, case when n % 2 = 0 then 'sign_out' end
         from enrollment.subject s, generate_series(1, 450) n where s.id = $1`,
      [subject],
    );
    const { sessions, events, pages } = await whole(subject);
    expect([sessions.length, new Set(sessions.map(({ id }) => id)).size, pages]).toEqual([450, 450, 3]);
    expect(new Set(events.map(({ log, index }) => `${String(log)} ${String(index)}`)).size).toBe(events.length);
  });

  test('BCB-10.export · it is recorded, and needs its own scope', async () => {
    const { person } = await whole(ada.subject);
    await recorded(bank, { type: 'subject.exported', about: String(person!['pseudonym']) });
    const { events } = await bank.sdk.events({ type: 'subject.exported', about: String(person!['pseudonym']) });
    expect(events[0]!.event).toMatchObject({ client: bank.server.clientId });
    const token = await serverToken(host, bank, 'subjects:read subjects:write');
    const refused = await call(host, 'GET', `/subjects/${ada.subject}/export`, { headers: bearer(token) });
    expect(refused.body.code).toBe('scope_missing');
  });
});

describe('erasure', () => {
  test('BCB-10.erase · nothing of the person is left anywhere but what the list says, and the log is as it was', async () => {
    const { person, devices } = await whole(eve.subject);
    const pseudonym = String(person!['pseudonym']);
    const leaves = async (): Promise<string[]> =>
      (
        await database.rows<{ leaf: string }>(
          `select l.index || ' ' || encode(sha256(l.leaf), 'hex') as leaf from audit.leaf l where l.subject = $1 and l.type <> 'subject.erased'
             and l.type <> 'erasure.confirmed' order by l.log, l.index`,
          [pseudonym],
        )
      ).map(({ leaf }) => leaf);
    await recorded(bank, { type: 'subject.exported', about: pseudonym });
    const before = await leaves();
    const token = await eve.browser.request('POST', '/auth/session/token', {});

    const { id } = await bank.sdk.eraseSubject(eve.subject);
    const erasure = await eventually('the erasure', async () => {
      const found = await bank.sdk.erasure(id);
      return found.state === 'completed' ? found : undefined;
    });

    expect(erasure.waitingFor).toEqual([]);
    // Sessions that were ended are told after them.
    expect((await leaves()).slice(0, before.length)).toEqual(before);
    expect(
      await database.count(
        'select count(*) as n from audit.details d join audit.leaf l using (event_id) where l.subject = $1',
        [pseudonym],
      ),
    ).toBe(0);
    for (const text of [eve.subject, pseudonym, ...devices!.map(({ id: device }) => String(device))])
      expect([text, await tracesOf(database, text)]).toEqual([text, []]);
    const used = await call(host, 'GET', '/auth/session', {
      headers: { ...named(bank.web), ...bearer(String((token as Json).accessToken)) },
    });
    expect(used.status).toBe(401);
    await recorded(bank, { type: 'erasure.completed' });
  }, 60_000);

  test('BCB-10.erase · the person signs in no more and is unknown; the reference is free', async () => {
    expect(await refusedWith(bank.sdk.subject(eve.subject))).toBe('not_found');
    expect(await refusedWith(bank.sdk.exportSubject(eve.subject))).toBe('not_found');
    await expect(eve.browser.signIn()).rejects.toThrow();
    expect((await bank.sdk.createSubject({ reference: eve.userName })).created).toBe(true);
  });
});
