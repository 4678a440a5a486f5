import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  refusedWith,
  createBank,
  createCustomer,
  NO_LIMITS,
  ORIGIN,
  recorded,
  refusal,
  sharedHost,
  untilHeld,
  type Bank,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';
import { SoftAuthenticator, type AlterAssertion } from '@countersign/testing';

let host: HostProcess;
let bank: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
}, 180_000);

const optionsFor = (browser: Browser, body?: Json): Promise<Json> =>
  browser.request('POST', '/passkey/authenticate/options', body);
const verify = (browser: Browser, credential: Json): Promise<Json> =>
  browser.request('POST', '/passkey/authenticate/verify', { credential });

/** Signs in with an answer that is wrong in one place. */
async function altered(
  browser: Browser,
  alter: AlterAssertion,
  ceremony: { origin?: string; crossOrigin?: boolean } = {},
): Promise<Json> {
  const options = await optionsFor(browser);
  return verify(
    browser,
    browser.authenticator.authenticate(options as never, { origin: ORIGIN, ...ceremony, alter }) as unknown as Json,
  );
}

describe('by name and without', () => {
  test('BCB-2.named · options for a user name list that person’s passkeys, and the person is signed in', async () => {
    const { browser, subject, userName } = await createCustomer(host, bank);
    const options = await optionsFor(browser, { userName });
    const signedIn = await verify(browser, browser.assert(options));
    expect(signedIn.subject).toBe(subject);
    const { allAcceptedCredentials } = signedIn.signals as { allAcceptedCredentials: Json };
    const listed = (options.allowCredentials as Json[]).map(({ id }) => id);
    expect(allAcceptedCredentials).toMatchObject({ rpId: options.rpId, allAcceptedCredentialIds: listed });
  });

  test('BCB-2.named · a key that cannot be found without its id signs in by name', async () => {
    const { id, browser, userName } = await withNonResidentKey();
    expect((await browser.signIn(userName)).subject).toBe(id);
  });

  test('BCB-2.named · another person’s passkey does not answer for the named one', async () => {
    const [ada, bob] = [await createCustomer(host, bank), await createCustomer(host, bank)];
    const options = await optionsFor(bob.browser, { userName: ada.userName });
    const credential = bob.browser.assert({ ...options, allowCredentials: [] });
    expect(await refusedWith(verify(bob.browser, credential))).toBe('authentication_failed');
    const event = await recorded(bank, { type: 'authentication.refused' }, ({ code }) => code === 'subject_mismatch');
    expect(event.outcome).toBe('refused');
  });

  test('BCB-2.discoverable · without a name the passkey says who it is', async () => {
    const { browser, subject } = await createCustomer(host, bank);
    expect((await browser.signIn()).subject).toBe(subject);
  });

  test('TFA-4.empty · an empty body, and none at all, give options that name nobody', async () => {
    const { browser } = await createCustomer(host, bank);
    for (const body of [{}, undefined])
      expect(await optionsFor(browser, body)).toMatchObject({ allowCredentials: [], userVerification: 'required' });
  });

  test('TFA-4.autofill · options of a page that waits are answered minutes later by whatever passkey was picked', async () => {
    const { browser, subject } = await createCustomer(host, bank);
    const [waiting, second] = [await optionsFor(browser), await optionsFor(browser)];
    expect(Number(waiting.timeout)).toBeGreaterThanOrEqual(300_000);
    expect((await verify(browser, browser.assert(second))).subject).toBe(subject);
    expect((await verify(browser, browser.assert(waiting))).subject).toBe(subject);
  });

  test('TFA-5.hybrid · nothing in the options keeps a phone nearby from answering', async () => {
    const { browser, subject } = await createCustomer(host, bank);
    const options = await optionsFor(browser);
    expect(options.allowCredentials).toEqual([]);
    expect(options.hints ?? []).not.toContain('security-key');
    const phone = browser.assert(options);
    expect((await verify(browser, { ...phone, authenticatorAttachment: 'cross-platform' })).subject).toBe(subject);
  });

  test('TFA-5.hybrid · a passkey that was enrolled over hybrid is offered over hybrid', async () => {
    const { id } = await bank.sdk.createSubject({ reference: 'hybrid-person', displayName: 'A Person' });
    const browser = new Browser(host.urls[0]!, bank.web, ORIGIN);
    await browser.openTicket((await bank.sdk.issueTicket(id)).ticket);
    const creation = await browser.request('POST', '/passkey/register/options', {});
    expect((creation.authenticatorSelection as Json).authenticatorAttachment).toBeUndefined();
    const made = browser.authenticator.register(creation as never, { origin: ORIGIN });
    const credential = {
      ...made,
      response: { ...made.response, transports: ['hybrid', 'internal'] },
    } as unknown as Json;
    await browser.request('POST', '/passkey/register/verify', { credential });
    const { allowCredentials } = await optionsFor(browser, { userName: 'hybrid-person' });
    expect((allowCredentials as Json[])[0]!.transports).toContain('hybrid');
  });
});

describe('what a sign-in proves', () => {
  test('R10 · user verification off is refused, and so is an absent user', async () => {
    const { browser } = await createCustomer(host, bank);
    expect(await refusedWith(altered(browser, { flags: (flags) => flags & ~4 }))).toBe('authentication_failed');
    await recorded(bank, { type: 'authentication.refused' }, ({ code }) => code === 'user_verification_missing');
    expect(await refusedWith(altered(browser, { flags: (flags) => flags & ~1 }))).toBe('authentication_failed');
    await recorded(bank, { type: 'authentication.refused' }, ({ code }) => code === 'user_presence_missing');
  });

  test('R16 · a passkey with user verification is two factors', async () => {
    const { browser } = await createCustomer(host, bank);
    const { session } = await browser.signIn();
    expect((session as { amr: string[] }).amr).toEqual(expect.arrayContaining(['mfa', 'user']));
    expect((session as Json).acr).toBe('phr');
  });

  test('R17 · the record of a sign-in names the credential that was used', async () => {
    const { browser } = await createCustomer(host, bank);
    const { device, session } = (await browser.signIn()) as { device: string; session: Json };
    const event = await recorded(bank, { type: 'session.established', about: device });
    expect(event).toMatchObject({ credential: device, session: session.id, outcome: 'success' });
    const { devices } = await browser.request<{ devices: Json[] }>('GET', '/auth/devices');
    expect(devices.map(({ id }) => id)).toEqual([device]);
  });

  test('R1 · a failed sign-in spends its challenge, and a second presentation of a good one is refused', async () => {
    const { browser } = await createCustomer(host, bank);
    const options = await optionsFor(browser);
    const forged = browser.authenticator.authenticate(options as never, { origin: 'https://evil.example' });
    expect(await refusedWith(verify(browser, forged as unknown as Json))).toBe('authentication_failed');
    expect(await refusedWith(verify(browser, browser.assert(options)))).toBe('challenge_spent');
    const again = browser.assert(await optionsFor(browser));
    await verify(browser, again);
    expect(await refusedWith(verify(browser, again))).toBe('challenge_spent');
  });

  test('R11 · an assertion made in a frame of another site is refused', async () => {
    const { browser } = await createCustomer(host, bank);
    expect(await refusedWith(altered(browser, {}, { crossOrigin: true }))).toBe('authentication_failed');
    await recorded(bank, { type: 'authentication.refused' }, ({ code }) => code === 'cross_origin_not_allowed');
  });

  test('R12 · an endless credential id is refused before anything looks for it', async () => {
    const { browser } = await createCustomer(host, bank);
    const credential = browser.assert(await optionsFor(browser));
    const endless = 'A'.repeat(1366);
    const refused = await refusal(verify(browser, { ...credential, id: endless, rawId: endless }));
    expect([refused.status, refused.code]).toEqual([400, 'request_invalid']);
  });

  test('R13 · a key of an algorithm the bank no longer takes signs nobody in', async () => {
    const { browser } = await createCustomer(host, bank);
    const leaving = await createBank(host);
    const { id } = await leaving.sdk.createSubject({ reference: 'rsa', displayName: 'RSA' });
    const old = new Browser(host.urls[0]!, leaving.web, ORIGIN, new SoftAuthenticator({ algorithm: -257 }));
    await old.openTicket((await leaving.sdk.issueTicket(id)).ticket);
    await old.register('Old key');
    await old.signIn();
    await host.control('tenant', 'putPolicy', {
      tenant: leaving.slug,
      document: JSON.stringify({ limits: NO_LIMITS, webauthn: { algorithms: [-7] } }),
      basedOn: 2,
    });
    await recorded(leaving, { type: 'policy.activated' }, ({ policy }) => policy === 3);
    await untilHeld(host);
    expect(await refusedWith(old.signIn())).toBe('authentication_failed');
    await recorded(leaving, { type: 'authentication.refused' }, ({ code }) => code === 'algorithm_not_allowed');
    await browser.signIn();
  });

  test('R7 · twenty failed attempts lock nobody out', async () => {
    const { browser, subject } = await createCustomer(host, bank);
    for (let n = 0; n < 20; n++)
      expect(await refusedWith(altered(browser, { signature: (bytes) => bytes.fill(1, 8) }))).toBe(
        'authentication_failed',
      );
    expect((await browser.signIn()).subject).toBe(subject);
  });
});

async function withNonResidentKey() {
  const { id } = await bank.sdk.createSubject({ reference: 'non-resident', displayName: 'A Person' });
  const browser = new Browser(host.urls[0]!, bank.web, ORIGIN, new SoftAuthenticator({ residentKeys: false }));
  await browser.openTicket((await bank.sdk.issueTicket(id)).ticket);
  await browser.register('Security key');
  return { id, browser, userName: 'non-resident' };
}
