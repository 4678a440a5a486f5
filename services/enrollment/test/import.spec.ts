import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { enrollment } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import { foreignCredential, type ForeignCredential } from '@countersign/testing';
import { Bank } from './bank.js';

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank.stop());

const cli = () => bank.installation.client('cli', enrollment.EnrollmentServiceService);
const run = async (lines: unknown[], { dryRun = false, tenant = bank.tenant.slug } = {}) => {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  return (await cli().importCredentials({ tenant, lines: texts, dryRun }, bank.call())).outcomes;
};
const outcomes = async (...given: Parameters<typeof run>) =>
  (await run(...given)).map(({ outcome, code }) => (outcome === 'refused' ? code : outcome));
const reference = (): string => `imported ${uuidv7()}`;
const found = (value: string) =>
  bank.verification.getCredentials({ tenant: bank.tenant.tenant, by: { $case: 'credentialId', value } }, bank.call());
const binding = async (subject: string) => bank.options(await bank.binding(subject));

describe('passkeys of a bank that has WebAuthn already', () => {
  test('BCB-1.none · are stored as they were, vouched for by nobody, with an event for each', async () => {
    const name = reference();
    const foreign = foreignCredential({
      reference: name,
      displayName: 'Ada',
      counter: 7,
      transports: ['usb', 'usb', 'nfc'],
    });
    expect(await outcomes([foreign.line])).toEqual(['imported']);
    const { subject, pseudonym, userHandle, credentials } = await found(foreign.line.credentialId);
    expect(userHandle).toBe(foreign.line.userHandle);
    expect(credentials).toEqual([
      expect.objectContaining({
        credentialId: foreign.line.credentialId,
        publicKey: Buffer.from(foreign.line.publicKey, 'base64url'),
        algorithm: -7,
        counter: 7,
        state: 'active',
        transports: ['usb', 'nfc'],
        attestationFormat: 'none',
        attestationTrust: 'none',
        createdAt: '2024-02-29T12:00:00.000Z',
      }),
    ]);
    expect(await bank.asServer('getSubject', { subject })).toMatchObject({ reference: name, displayName: 'Ada' });
    const [enrolled] = await bank.events('credential.enrolled', pseudonym);
    expect(enrolled).toMatchObject({ credential: credentials[0]!.id, client: 'cli', facts: { by: 'import' } });
    expect(await bank.events('subject.created', pseudonym)).toHaveLength(1);
  });

  test('BCB-2.named · are listed for their person’s name, and BCB-6.list · in their devices', async () => {
    const [first, second] = await people(2);
    const same = foreignCredential({ reference: first!.line.reference, userHandle: first!.line.userHandle });
    expect(await outcomes([first!.line, second!.line, same.line])).toEqual(['imported', 'imported', 'imported']);
    const by = { $case: 'userName', value: first!.line.reference } as const;
    const { allowed, subject } = await bank.verification.getCredentials(
      { tenant: bank.tenant.tenant, by },
      bank.call(),
    );
    expect(allowed.map(({ credentialId }) => credentialId).sort()).toEqual(
      [first!.line.credentialId, same.line.credentialId].sort(),
    );
    const { pseudonym } = await found(first!.line.credentialId);
    const who = { tenant: bank.tenant.tenant, clientId: bank.clientId, subject, pseudonym, session: uuidv7() };
    expect((await bank.list(who)).map(({ name }) => name)).toEqual(['Passkey', 'Passkey']);
  });

  test('a user handle of 1 and of 64 bytes is kept, and a further authenticator gets it too', async () => {
    for (const bytes of [1, 64]) {
      const foreign = foreignCredential({ reference: reference(), userHandle: handle(bytes) });
      expect(await outcomes([foreign.line])).toEqual(['imported']);
      const { subject } = await found(foreign.line.credentialId);
      const options = await binding(subject);
      expect(options.user.id).toBe(foreign.line.userHandle);
      expect(options.excludeCredentials).toHaveLength(1);
    }
    for (const bytes of [0, 65])
      expect(await outcomes([foreignCredential({ reference: reference(), userHandle: handle(bytes) }).line])).toEqual([
        'import_line_invalid',
      ]);
  });

  test('run again, nothing changes; also after the person removed one', async () => {
    const [ada, bob] = await people(2);
    await run([ada!.line, bob!.line]);
    const { subject, pseudonym, credentials } = await found(ada!.line.credentialId);
    await bank.rows(`update enrollment.credential set state = 'revoked' where id = '${credentials[0]!.id}'`);
    expect(await outcomes([ada!.line, bob!.line])).toEqual(['known', 'known']);
    expect(await found(ada!.line.credentialId)).toMatchObject({ subject: '', credentials: [] });
    expect(await bank.events('credential.enrolled', pseudonym)).toHaveLength(1);
    expect(await bank.asServer('getSubject', { subject })).toMatchObject({ activeCredentials: 0 });
  });

  test('a dry run says the same and keeps nothing', async () => {
    const [ada] = await people(1);
    expect(await outcomes([ada!.line, ada!.line, { ...ada!.line, counter: -1 }], { dryRun: true })).toEqual([
      'imported',
      'known',
      'import_line_invalid',
    ]);
    expect(await found(ada!.line.credentialId)).toMatchObject({ subject: '' });
  });

  test('a person the bank created before takes over the handle, unless a device or an open ticket holds the old one', async () => {
    const untouched = await bank.subject();
    const invited = await bank.subject();
    const options = await binding(invited.subject);
    const enrolled = await bank.customer();
    const [free, open, held] = [untouched, invited, enrolled].map(
      ({ reference: known }) => foreignCredential({ reference: known }).line,
    );
    expect(await outcomes([free, open, held])).toEqual(['imported', 'user_handle_conflict', 'user_handle_conflict']);
    expect(await found(free!.credentialId)).toMatchObject({ subject: untouched.subject, userHandle: free!.userHandle });
    const { userHandle: _, ...without } = open!;
    expect(await outcomes([without])).toEqual(['imported']);
    expect((await found(open!.credentialId)).userHandle).toBe(options.user.id);
  });

  test('many at once over two replicas add each credential once', async () => {
    const lines = (await people(40)).map(({ line }) => line);
    const shuffled = Array.from({ length: 6 }, (_, turn) => [...lines.slice(turn * 5), ...lines.slice(0, turn * 5)]);
    const all = await Promise.allSettled(shuffled.map((each) => outcomes(each)));
    const done = all.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    expect(done.filter((outcome) => outcome === 'imported')).toHaveLength(lines.length);
    expect(new Set(done)).toEqual(new Set(['imported', 'known']));
    for (const each of all.filter(({ status }) => status === 'rejected'))
      expect(each).toMatchObject({ reason: { code: 'conflict' } });
  });

  test('BCB-16.rows · another bank’s person of the same handle and credential id is nobody here', async () => {
    const { slug, tenant } = await bank.neighbour();
    const [ada] = await people(1);
    await run([ada!.line]);
    expect(await outcomes([ada!.line], { tenant: slug })).toEqual(['imported']);
    const by = { $case: 'credentialId', value: ada!.line.credentialId } as const;
    const there = await bank.verification.getCredentials({ tenant, by }, bank.call());
    expect(there.subject).not.toBe((await found(ada!.line.credentialId)).subject);
  });
});

describe('a line that is refused', () => {
  const good = () => foreignCredential({ reference: reference() }).line;
  test.each([
    ['no JSON', '{', ''],
    ['a list', [], ''],
    ['an unknown member', { rpId: 'bank.example' }, ''],
    ['no reference', { reference: undefined }, 'reference'],
    ['padding in the id', { credentialId: 'AA==' }, 'credentialId'],
    ['an id of 1,024 bytes', { credentialId: Buffer.alloc(1024).toString('base64url') }, 'credentialId'],
    ['a counter beyond 32 bits', { counter: 2 ** 32 }, 'counter'],
    ['a flag as text', { backupState: 'false' }, 'backupState'],
    ['a model id of no UUID', { aaguid: 'AAAA' }, 'aaguid'],
    ['a day that never was', { createdAt: '2023-02-29T00:00:00Z' }, 'createdAt'],
    ['a day to come', { createdAt: '2999-01-01T00:00:00Z' }, 'createdAt'],
    ['seventeen transports', { transports: Array.from({ length: 17 }, String) }, 'transports'],
  ])('%s: names the member and not its value', async (_, change, path) => {
    const line = typeof change === 'string' || Array.isArray(change) ? change : { ...good(), ...change };
    const [outcome] = await run([line]);
    expect(outcome).toMatchObject({ outcome: 'refused', code: 'import_line_invalid' });
    expect(outcome!.faults.map((fault) => fault.path)).toContain(path);
  });

  test.each([
    ['reference_invalid', { reference: 'a\u0007' }],
    ['display_name_invalid', { displayName: 'x'.repeat(129) }],
    ['public_key_malformed', { publicKey: 'AAAA' }],
    ['backup_flags_invalid', { backupState: true }],
  ])('%s', async (code, change) => {
    expect(await outcomes([{ ...good(), ...change }])).toEqual([code]);
  });

  test('credential_exists · an id that somebody else has, or that has another key', async () => {
    const [ada, bob] = await people(2);
    await run([ada!.line]);
    expect(await outcomes([{ ...bob!.line, credentialId: ada!.line.credentialId }])).toEqual(['credential_exists']);
    expect(await outcomes([{ ...ada!.line, publicKey: bob!.line.publicKey }])).toEqual(['credential_exists']);
  });

  test('BCB-1.none · all of them where the policy wants attested authenticators', async () => {
    const { slug } = await bank.neighbour({ webauthn: { attestation: { accept: ['anchored'] } } });
    expect(await outcomes([good()], { tenant: slug })).toEqual(['attestation_not_accepted']);
  });

  test('BCB-1.device · all that satisfy nothing of the assurance the policy asks for', async () => {
    const { slug } = await bank.neighbour({ webauthn: { assurance: { level: 'device-bound-claimed' } } });
    const synced = { ...good(), backupEligible: true };
    const [lacking, bound] = await run([synced, good()], { tenant: slug });
    expect(lacking).toMatchObject({ code: 'authenticator_not_accepted', faults: [{ message: 'lacks device_bound' }] });
    expect(bound).toMatchObject({ outcome: 'imported' });
  });

  test('R10 · one that never verified its person where the policy asks for that', async () => {
    const { uvInitialized: _untold, ...untold } = good();
    const [refused, unsaid, taken] = await run([{ ...good(), uvInitialized: false }, untold, good()]);
    const unverified = { code: 'authenticator_not_accepted', faults: [{ message: 'lacks user_verification' }] };
    expect([refused, unsaid]).toMatchObject([unverified, unverified]);
    expect(taken).toMatchObject({ outcome: 'imported' });
  });

  test('BCB-1.aaguid · one of a model the policy denies', async () => {
    const denied = '5ca1ab1e-0000-4000-8000-00000000dead';
    const { slug } = await bank.neighbour({ metadata: { aaguids: { deny: [denied] } } });
    expect(await outcomes([{ ...good(), aaguid: denied }, good()], { tenant: slug })).toEqual([
      'model_not_allowed',
      'imported',
    ]);
  });

  test('R13 · one whose algorithm the policy does not accept', async () => {
    const { slug } = await bank.neighbour({ webauthn: { algorithms: [-8] } });
    expect(await outcomes([good()], { tenant: slug })).toEqual(['algorithm_not_allowed']);
  });

  test('does not stop the others of its batch', async () => {
    const [ada, bob] = await people(2);
    expect(await outcomes([ada!.line, '', bob!.line])).toEqual(['imported', 'import_line_invalid', 'imported']);
  });
});

test('BCB-9.allowlist · only the command line imports, for a tenant there is, at most 500 lines at once', async () => {
  await expect(
    bank.gateway.importCredentials({ tenant: bank.tenant.slug, lines: [], dryRun: true }, bank.call()),
  ).rejects.toMatchObject({ code: 'call_refused' });
  await expect(run([], { tenant: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(run(Array.from({ length: 501 }, () => '{}'))).rejects.toMatchObject({ code: 'request_invalid' });
});

const handle = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url');
const people = (count: number): Promise<ForeignCredential[]> =>
  Promise.resolve(Array.from({ length: count }, () => foreignCredential({ reference: reference() })));
