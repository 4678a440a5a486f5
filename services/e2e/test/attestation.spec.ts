import { beforeAll, describe, expect, test } from '@jest/globals';
import { createBank, ORIGIN, refusedWith, sharedHost, type Bank, type HostProcess, type Json } from '@countersign/e2e';
import { Browser } from '@countersign/standalone';
import {
  SoftAuthenticator,
  TestAttestationCa,
  type AlterRegistration,
  type SoftAuthenticatorOptions,
} from '@countersign/testing';

const maker = new TestAttestationCa('Maker');
const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');
const onlyAnchored = (ca: TestAttestationCa, more: object = {}) => ({
  webauthn: { attestation: { accept: ['anchored'], anchors: [base64(ca.certificate)], ...more } },
});

/** How an authenticator of each format answers when it is as it should be; its certificates come from `maker`. */
const FORMATS = new Map<string, SoftAuthenticatorOptions>([
  ['packed', { attestation: 'packed', aaguid: '7a3c1d52-41f0-4c1e-9d0b-5b5c0c7f9a10' }],
  ['apple', { attestation: 'apple', aaguid: 'f24a8e70-d0d3-f82c-2937-32523cc4de5a' }],
  ['fido-u2f', { attestation: 'fido-u2f', aaguid: '00000000-0000-0000-0000-000000000000', algorithm: -7 }],
  ['tpm', { attestation: 'tpm', aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96' }],
  ['android-key', { attestation: 'android-key', aaguid: 'b93fd961-f2e6-462f-b122-82002247de78' }],
]);
const formats = [...FORMATS];

let host: HostProcess;
/** Accepts what leads to `maker`, and nothing else; the other trusts somebody else. */
let bank: Bank;
let stranger: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host, onlyAnchored(maker));
  stranger = await createBank(host, onlyAnchored(new TestAttestationCa('Maker')));
}, 180_000);

/** A person's browser, ticket opened, with such an authenticator. */
async function browserWith(at: Bank, options: SoftAuthenticatorOptions): Promise<Browser> {
  const { id: subject } = await at.sdk.createSubject({ reference: crypto.randomUUID(), displayName: 'A Person' });
  const browser = new Browser(host.urls[0]!, at.web, ORIGIN, new SoftAuthenticator({ ca: maker, ...options }));
  await browser.openTicket((await at.sdk.issueTicket(subject)).ticket);
  return browser;
}

/** Registers, with an answer that is wrong in one place if `alter` says so. */
async function register(browser: Browser, alter: AlterRegistration = {}): Promise<Json> {
  const options = await browser.request('POST', '/passkey/register/options', {});
  const credential = browser.authenticator.register(options as never, { origin: ORIGIN, alter });
  return browser.request('POST', '/passkey/register/verify', { credential: credential as unknown as Json });
}

const lastByteChanged = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);

describe('a bank that accepts attested keys alone', () => {
  test.each(formats)(
    'BCB-1.%s · takes a key whose certificates lead to its anchor, and signs in with it',
    async (format, options) => {
      const browser = await browserWith(bank, options);
      const { device } = await register(browser);
      expect(device).toMatchObject({ aaguid: options.aaguid, attestation: { format, trust: 'anchored' } });
      expect(await browser.signIn()).toMatchObject({ subject: expect.any(String) });
    },
  );

  test.each(formats)(
    'BCB-1.%s · refuses a key whose certificates lead elsewhere, whatever they are called',
    async (_format, options) => {
      expect(await refusedWith(register(await browserWith(stranger, options)))).toBe('attestation_untrusted');
    },
  );

  test.each(formats)('BCB-1.%s · refuses a statement that does not verify', async (_format, options) => {
    const spoilt = register(await browserWith(bank, options), { signature: lastByteChanged });
    expect(await refusedWith(spoilt)).toBe('attestation_invalid');
  });

  test('BCB-1.tpm · takes a statement signed with SHA-1 only where its policy says so', async () => {
    const old: SoftAuthenticatorOptions = { attestation: 'tpm', tpm: { algorithm: -65535 } };
    expect(await refusedWith(register(await browserWith(bank, old)))).toBe('attestation_invalid');
    const lenient = await createBank(host, onlyAnchored(maker, { sha1Statements: true }));
    expect((await register(await browserWith(lenient, old))).device).toMatchObject({
      attestation: { trust: 'anchored' },
    });
  });

  test('BCB-1.android-key · refuses a key that the phone keeps in software', async () => {
    const soft: SoftAuthenticatorOptions = { attestation: 'android-key', androidKey: { attestationLevel: 0 } };
    expect(await refusedWith(register(await browserWith(bank, soft)))).toBe('attestation_invalid');
  });
});
