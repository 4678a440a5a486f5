import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  refusedWith,
  createBank,
  createCustomer,
  ORIGIN,
  recorded,
  refusal,
  sharedHost,
  type Bank,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { actionHash } from '@countersign/sdk-node';
import { Browser } from '@countersign/standalone';
import {
  SoftAuthenticator,
  TestAttestationCa,
  type AlterRegistration,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';

const AAGUID = '7a3c1d52-41f0-4c1e-9d0b-5b5c0c7f9a10';
const ADD = { name: 'authenticator.add', hash: actionHash({ name: 'authenticator.add' }) };

let host: HostProcess;
let bank: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
}, 180_000);

let people = 0;
async function ticketFor(
  at: Bank,
  options: { pin?: boolean } = {},
): Promise<{ subject: string; ticket: string; pin?: string }> {
  const { id: subject } = await at.sdk.createSubject({ reference: `person-${++people}`, displayName: 'A Person' });
  return { subject, ...(await at.sdk.issueTicket(subject, options)) };
}

const browserAt = (at: Bank, options: SoftAuthenticatorOptions = {}): Browser =>
  new Browser(host.urls[0]!, at.web, ORIGIN, new SoftAuthenticator(options));

/** A browser that has opened a ticket. */
async function opened(at: Bank, options: SoftAuthenticatorOptions = {}): Promise<Browser> {
  const { ticket } = await ticketFor(at);
  const browser = browserAt(at, options);
  await browser.openTicket(ticket);
  return browser;
}

const register = async (browser: Browser, name = 'A device'): Promise<Json> =>
  (await browser.register(name)).device as Json;

/** Registers with an answer that is wrong in one place. */
async function registerAltered(browser: Browser, alter: AlterRegistration): Promise<Json> {
  const options = await browser.request('POST', '/passkey/register/options', {});
  const credential = browser.authenticator.register(options as never, { origin: ORIGIN, alter });
  return browser.request('POST', '/passkey/register/verify', { credential: credential as unknown as Json });
}

describe('attestation', () => {
  test('BCB-1.none · a passkey without attestation is enrolled where policy takes it, and says so', async () => {
    const device = await register(await opened(bank));
    expect(device).toMatchObject({ state: 'active', attestation: { format: 'none', trust: 'none' } });
  });

  test('BCB-1.none · a bank that asks for attestation refuses a passkey without', async () => {
    const strict = await createBank(host, {
      webauthn: { attestation: { accept: ['anchored'], anchors: [anchorOf(new TestAttestationCa())] } },
    });
    expect(await refusedWith(register(await opened(strict)))).toBe('attestation_not_accepted');
  });

  test('BCB-1.packed · a packed statement by a trusted authority is anchored; its own key vouches only for itself', async () => {
    const ca = new TestAttestationCa();
    const trusting = await createBank(host, {
      webauthn: { attestation: { accept: ['self', 'anchored'], anchors: [anchorOf(ca)] } },
    });
    const anchored = await register(await opened(trusting, { attestation: 'packed', ca, aaguid: AAGUID }));
    expect(anchored).toMatchObject({ aaguid: AAGUID, attestation: { format: 'packed', trust: 'anchored' } });
    const self = await register(await opened(trusting, { attestation: 'packed-self' }));
    expect(self.attestation).toEqual({ format: 'packed', trust: 'self' });
  });

  test('BCB-1.packed · a certificate of a stranger and a spoilt signature are refused', async () => {
    const ca = new TestAttestationCa();
    const trusting = await createBank(host, {
      webauthn: { attestation: { accept: ['anchored'], anchors: [anchorOf(ca)] } },
    });
    expect(await refusedWith(register(await opened(trusting, { attestation: 'packed' })))).toBe(
      'attestation_untrusted',
    );
    const spoilt = registerAltered(await opened(trusting, { attestation: 'packed', ca }), {
      signature: lastByteChanged,
    });
    expect(await refusedWith(spoilt)).toBe('attestation_invalid');
  });

  test('BCB-1.device · the device is recorded: name, platform family, model, transports, whether its key can leave it', async () => {
    const browser = await opened(bank, { aaguid: AAGUID, backupEligible: true, backupState: true });
    const options = await browser.request('POST', '/passkey/register/options', {});
    const credential = browser.authenticator.register(options as never, { origin: ORIGIN });
    const headers = { 'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0)' };
    const body = { credential: credential as unknown as Json, name: 'Laptop' };
    const { device } = await browser.request('POST', '/passkey/register/verify', body, headers);
    const known = {
      name: 'Laptop',
      platform: 'macos',
      aaguid: AAGUID,
      transports: ['internal'],
      synced: true,
      deviceBound: false,
    };
    expect(device).toMatchObject({ ...known, credentialId: credential.id, state: 'active' });
    await browser.signIn();
    const { devices } = await browser.request<{ devices: Json[] }>('GET', '/auth/devices');
    expect(devices).toEqual([expect.objectContaining(known)]);
  });
});

describe('tickets', () => {
  test('BCB-1.ticket · whoever opens a ticket enrolls the one authenticator it is for, and then it is dead', async () => {
    const { ticket, subject } = await ticketFor(bank);
    const browser = browserAt(bank);
    expect(await browser.openTicket(ticket)).toMatchObject({ displayName: 'A Person' });
    const binding = browser.cookies.get('countersign-enrollment')!;
    await browser.register('First');
    expect((await browser.signIn()).subject).toBe(subject);
    const again = browserAt(bank);
    again.cookies.set('countersign-enrollment', binding);
    expect(await refusedWith(again.register('Second'))).toBe('enrollment_binding_refused');
  });

  test('BCB-1.ticket · a native application holds the ticket by a token instead of a cookie', async () => {
    const { browser, subject } = await createCustomer(host, bank, { client: bank.native });
    expect(browser.cookies.size).toBe(0);
    expect((await browser.signIn()).subject).toBe(subject);
  });

  test('R4 · a ticket opened in one browser is dead in every other', async () => {
    const { ticket } = await ticketFor(bank);
    await browserAt(bank).openTicket(ticket);
    const thief = browserAt(bank);
    const dead = await refusal(thief.openTicket(ticket));
    const random = await refusal(thief.openTicket(Buffer.alloc(32, 7).toString('base64url')));
    expect([dead.status, dead.code, dead.problem.title]).toEqual([
      random.status,
      'ticket_refused',
      random.problem.title,
    ]);
    expect(await refusedWith(thief.register('Thief'))).toBe('credentials_missing');
  });

  test('R4 · the binding of a ticket is worth nothing under another application or another bank', async () => {
    const { ticket } = await ticketFor(bank);
    const browser = browserAt(bank);
    await browser.openTicket(ticket);
    const other = await createBank(host);
    for (const clientId of [bank.native, other.web]) {
      const elsewhere = new Browser(host.urls[0]!, clientId, ORIGIN);
      elsewhere.cookies.set('countersign-enrollment', browser.cookies.get('countersign-enrollment')!);
      expect(await refusedWith(elsewhere.register('Elsewhere'))).toBe('enrollment_binding_refused');
    }
    const foreign = new Browser(host.urls[0]!, other.web, ORIGIN);
    expect(await refusedWith(foreign.openTicket((await ticketFor(bank)).ticket))).toBe('ticket_refused');
  });

  test('R4 · a PIN may be wrong four times; the fifth wrong one kills the ticket', async () => {
    const lucky = await ticketFor(bank, { pin: true });
    const wrong = String((Number(lucky.pin) + 1) % 100_000_000).padStart(8, '0');
    const left = [];
    for (let n = 0; n < 4; n++)
      left.push((await refusal(browserAt(bank).openTicket(lucky.ticket, wrong))).problem.attemptsRemaining);
    expect(left).toEqual([4, 3, 2, 1]);
    await browserAt(bank).openTicket(lucky.ticket, lucky.pin);
    const lost = await ticketFor(bank, { pin: true });
    const no = String((Number(lost.pin) + 1) % 100_000_000).padStart(8, '0');
    for (let n = 0; n < 5; n++) await refusal(browserAt(bank).openTicket(lost.ticket, no));
    expect(await refusedWith(browserAt(bank).openTicket(lost.ticket, lost.pin))).toBe('ticket_refused');
  });
});

describe('a second authenticator', () => {
  test('R29 · a session alone adds nothing; a fresh grant adds one, with an event and an entry in the history', async () => {
    const { browser } = await createCustomer(host, bank);
    await browser.signIn();
    const asked = await refusal(browser.request('POST', '/passkey/register/options', {}));
    expect([asked.status, asked.code, asked.problem.action]).toEqual([401, 'step_up_required', 'authenticator.add']);
    const { grant } = await browser.stepUp(ADD);
    const second = withNewAuthenticator(browser);
    const device = (await second.register('Second', { 'countersign-grant': String(grant) })).device as Json;
    await recorded(bank, { type: 'credential.enrolled', about: String(device.id) });
    const { events } = await browser.request<{ events: Json[] }>('GET', '/auth/activity');
    expect(events).toContainEqual(expect.objectContaining({ type: 'credential.enrolled', device: device.id }));
  });

  test('R29 · a grant adds one authenticator and no second, and not for another session', async () => {
    const { browser } = await createCustomer(host, bank);
    const thief = (await createCustomer(host, bank)).browser;
    await browser.signIn();
    await thief.signIn();
    const grant = { 'countersign-grant': String((await browser.stepUp(ADD)).grant) };
    expect(await refusedWith(thief.request('POST', '/passkey/register/options', {}, grant))).toBe('grant_refused');
    const second = withNewAuthenticator(browser);
    await second.register('Second', grant);
    const third = withNewAuthenticator(browser);
    expect(await refusedWith(third.register('Third', grant))).toBe('grant_refused');
  });
});

describe('what is refused', () => {
  test('R10 · registration without user verification or user presence is refused', async () => {
    expect(await refusedWith(register(await opened(bank, { userVerification: false })))).toBe(
      'user_verification_missing',
    );
    const absent = registerAltered(await opened(bank), { flags: (flags) => flags & ~1 });
    expect(await refusedWith(absent)).toBe('user_presence_missing');
  });

  test('R12 · a credential id of 1023 bytes is enrolled, one of 1024 is refused', async () => {
    const { device } = await registerAltered(await opened(bank), withCredentialId(1023));
    expect(String((device as Json).credentialId)).toHaveLength(1364);
    expect(await refusedWith(registerAltered(await opened(bank), withCredentialId(1024)))).toBe('request_invalid');
    const hidden = { authData: withCredentialId(1024).authData };
    expect(await refusedWith(registerAltered(await opened(bank), hidden))).toBe('credential_mismatch');
  });

  test('R13 · an algorithm that was not offered is refused, whatever the authenticator says', async () => {
    const narrow = await createBank(host, { webauthn: { algorithms: [-7] } });
    expect(await refusedWith(register(await opened(narrow, { algorithm: -257 })))).toBe('algorithm_not_allowed');
  });

  test('R1 · a failed registration spends its challenge', async () => {
    const browser = await opened(bank);
    const options = await browser.request('POST', '/passkey/register/options', {});
    const spoilt = browser.authenticator.register(options as never, { origin: 'https://evil.example' });
    const send = (credential: unknown): Promise<Json> =>
      browser.request('POST', '/passkey/register/verify', { credential: credential as Json });
    expect(await refusedWith(send(spoilt))).toBe('origin_not_allowed');
    const good = browser.authenticator.register(options as never, { origin: ORIGIN });
    expect(await refusedWith(send(good))).toBe('challenge_spent');
  });

  test('R11 · a registration from a frame of another site is refused', async () => {
    const browser = await opened(bank);
    const options = await browser.request('POST', '/passkey/register/options', {});
    const framed = browser.authenticator.register(options as never, {
      origin: ORIGIN,
      crossOrigin: true,
      topOrigin: 'https://evil.example',
    });
    const answer = browser.request('POST', '/passkey/register/verify', { credential: framed as unknown as Json });
    expect(await refusedWith(answer)).toBe('cross_origin_not_allowed');
  });
});

/** The same signed-in browser with another authenticator at hand. */
function withNewAuthenticator({ api, clientId, origin, cookies, csrf }: Browser): Browser {
  const same = new Browser(api, clientId, origin);
  for (const [name, value] of cookies) same.cookies.set(name, value);
  return Object.assign(same, { csrf });
}

const anchorOf = (ca: TestAttestationCa): string => Buffer.from(ca.certificate).toString('base64');

const lastByteChanged = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
};

/** A longer id in the authenticator data (after 37 bytes of header and 16 of aaguid), told outside as well. */
function withCredentialId(length: number): AlterRegistration {
  const id = Buffer.alloc(length, 0x5a);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(length);
  const told = id.toString('base64url');
  return {
    authData: (bytes) => new Uint8Array(Buffer.concat([bytes.subarray(0, 53), size, id, bytes.subarray(55 + 32)])),
    response: (response) => ({ ...response, id: told, rawId: told }),
  };
}
