import { beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import {
  ORIGIN,
  createBank,
  recorded,
  refusal,
  sharedHost,
  type Bank,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { Browser } from '@countersign/standalone';
import { foreignCredential, type ForeignCredential } from '@countersign/testing';

let host: HostProcess;
let bank: Bank;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
}, 180_000);

async function imported(
  change: Partial<ForeignCredential['line']> = {},
): Promise<ForeignCredential & { browser: Browser }> {
  const line = { reference: `imported ${uuidv7()}`, displayName: 'Ada Example', ...change };
  const foreign = foreignCredential(line, { rpId: 'bank.example', origin: ORIGIN });
  const request = { tenant: bank.slug, lines: [JSON.stringify(foreign.line)], dryRun: false };
  const { outcomes } = await host.control<{ outcomes: Json[] }>('enrollment', 'importCredentials', request);
  expect(outcomes).toMatchObject([{ outcome: 'imported' }]);
  return { ...foreign, browser: new Browser(host.urls[0]!, bank.web, ORIGIN, foreign.authenticator) };
}

describe('a passkey that another server registered', () => {
  test.each([1, 64])(
    'BCB-2.discoverable BCB-1.none · signs in without a name, by its own user handle of %i bytes',
    async (bytes) => {
      const userHandle = Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url');
      const { browser, line } = await imported({ userHandle });
      const { signals, device } = await browser.signIn();
      const account = { rpId: 'bank.example', userId: userHandle };
      expect(signals).toEqual({
        allAcceptedCredentials: { ...account, allAcceptedCredentialIds: [line.credentialId] },
        currentUserDetails: { ...account, name: line.reference, displayName: 'Ada Example' },
      });
      const event = await recorded(bank, { type: 'credential.enrolled', about: String(device) });
      expect(event).toMatchObject({ credential: device, facts: { by: 'import' } });
    },
  );

  test('BCB-2.named · signs in by its name, and steps up', async () => {
    const { browser, line } = await imported();
    await browser.signIn(line.reference);
    expect(await browser.stepUp()).toMatchObject({ session: { acr: 'phr' } });
  });

  test('R2 · goes on counting where the other server stopped', async () => {
    const { browser, authenticator, line } = await imported({ counter: 41 });
    authenticator.setCounter(line.credentialId, 41);
    await browser.signIn();
    authenticator.setCounter(line.credentialId, 40);
    expect((await refusal(browser.signIn())).code).toBe('authentication_failed');
  });
});

describe('what a browser is told to forget', () => {
  const presenting = async (browser: Browser, id: string) => {
    const options = await browser.request('POST', '/passkey/authenticate/options', {});
    const credential = { ...browser.assert(options), id, rawId: id };
    return (await refusal(browser.request('POST', '/passkey/authenticate/verify', { credential }))).problem;
  };

  test('R14 · is a credential that is nobody’s; an enrolled one and what was shown for a name that is nobody’s look alike', async () => {
    const { browser } = await imported();
    const { line: other } = await imported();
    const stranger = Buffer.from(uuidv7()).toString('base64url');
    const unknown = await presenting(browser, stranger);
    expect(unknown.signals).toEqual({ unknownCredential: { rpId: 'bank.example', credentialId: stranger } });
    const named = { userName: `nobody ${uuidv7()}` };
    const { allowCredentials } = await browser.request('POST', '/passkey/authenticate/options', named);
    const decoy = await presenting(browser, (allowCredentials as { id: string }[])[0]!.id);
    const real = await presenting(browser, other.credentialId);
    const told = ({ requestId: _, ...rest }: Json) => rest;
    expect(told(decoy)).toEqual(told(real));
    expect(real).not.toHaveProperty('signals');
  });
});
