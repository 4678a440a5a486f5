import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromBase64Url, type ErrorDetails } from '@countersign/kernel';
import { FLAGS, SoftAuthenticator } from '@countersign/testing';
import { Bank, ORIGIN, codeOf, type Customer } from './bank.js';

let bank: Bank;
let ada: Customer;

beforeAll(async () => {
  bank = await Bank.open();
  ada = await bank.customer();
});
afterAll(() => bank.stop());

const refused = () => bank.lastEvent('verification', 'authentication.refused');

describe('signing in', () => {
  test('BCB-2.named · by name, with what the client needs next', async () => {
    const signedIn = await bank.signIn(ada, { named: true });
    expect(signedIn).toMatchObject({
      subject: ada.subject,
      credential: ada.device,
      acr: 'phr',
      amr: ['hwk', 'user', 'mfa', 'pop'],
      expiresIn: 420,
      acceptedCredentialIds: [ada.credentialId],
      userName: ada.reference,
      risk: { level: 'LOW', action: 'allow' },
    });
    expect(signedIn.accessToken.split('.')).toHaveLength(3);
    expect(signedIn.userHandle).not.toBe('');
  });

  test('BCB-2.discoverable · without a name, for a web page: a cookie', async () => {
    const signedIn = await bank.signIn(ada, { clientId: 'bank-web' });
    expect(signedIn).toMatchObject({ subject: ada.subject, accessToken: '' });
    expect(signedIn.cookie).not.toBe('');
    expect(signedIn.csrfToken).not.toBe('');
  });

  test('TFA-4.empty · options without a name list nothing and ask for user verification', async () => {
    const options = await bank.options();
    expect(options).toMatchObject({
      rpId: 'localhost',
      allowCredentials: [],
      userVerification: 'required',
      timeout: 300_000,
    });
    expect(fromBase64Url(options.challenge)!.length).toBeLessThanOrEqual(512);
  });

  test('TFA-5.hybrid · a phone nearby is offered, and no transport is taken away', async () => {
    expect((await bank.options()).hints).toContain('hybrid');
    const [allowed] = (await bank.options(ada.reference)).allowCredentials!;
    expect(allowed).toMatchObject({ id: ada.credentialId, transports: ['internal'] });
  });

  test('a key without a resident credential signs in by name', async () => {
    const keyed = await bank.customer({ residentKeys: false });
    expect((await bank.signIn(keyed, { named: true })).subject).toBe(keyed.subject);
  });

  test('R16 · a synced passkey is told apart from a device-bound one', async () => {
    const synced = await bank.customer({ backupEligible: true, backupState: true });
    expect((await bank.signIn(synced)).amr).toEqual(['swk', 'user', 'mfa', 'pop']);
  });

  test('R17 · the record of a login names the credential, the policy and the risk, and nothing personal', async () => {
    const signedIn = await bank.signIn(ada);
    const event = await bank.lastEvent('session', 'session.established');
    expect(event).toMatchObject({
      credential: ada.device,
      session: signedIn.session,
      policy: 1,
      acr: 'phr',
      risk: { level: 'LOW' },
    });
    expect(event.subject).toMatch(/^p_/);
    const text = JSON.stringify(event);
    for (const canary of ['203.0.113.77', 'CanaryBrowser', ada.reference, ada.subject])
      expect(text).not.toContain(canary);
    expect(event.personal?.c).toMatch(/^[\w-]{43}$/);
  });

  test('where a login came from is sealed for the person alone, whether it succeeded or was refused', async () => {
    const eve = await bank.customer();
    const { accessToken } = await bank.signIn(eve);
    const where = { address: '203.0.113.77', userAgent: 'CanaryBrowser/9.9' };
    const established = await bank.lastEvent('session', 'session.established');
    expect(await bank.opened(accessToken, 'session', established)).toEqual(where);
    await codeOf(bank.signIn(eve, { alter: { flags: (flags) => flags & ~FLAGS.UV } }));
    expect(await bank.opened(accessToken, 'verification', await refused())).toEqual(where);
  });

  test('a login asks its neighbours four times, and once more when the key counts', async () => {
    const hops = async (who: Customer) => {
      const answer = who.authenticator.authenticate(await bank.options(), { origin: ORIGIN });
      return bank.hops(() => bank.complete(answer, 'bank-app', 1));
    };
    expect(await hops(ada)).toEqual(['Redeem', 'GetCredentials', 'Assess', 'Establish']);
    const counting = await bank.customer({ counter: 'increment' });
    expect(await hops(counting)).toEqual(['Redeem', 'GetCredentials', 'Assess', 'RecordUse', 'Establish']);
    expect(await bank.hops(() => bank.options(ada.reference, 'bank-app', 1))).toEqual(['GetCredentials', 'Issue']);
    expect(await bank.hops(() => bank.options('', 'bank-app', 1))).toEqual(['Issue']);
  });

  test('two commits: the spent challenge, and the session with its event', async () => {
    const options = await bank.options();
    const answer = ada.authenticator.authenticate(options, { origin: ORIGIN });
    const counted = async () => {
      const [row] = await bank.rows<{ spent: number; sessions: number; events: number }>(
        `select (select count(*)::int from challenge.spent) as spent, (select count(*)::int from session.session) as sessions,
                (select count(*)::int from verification.outbox) + (select count(*)::int from session.outbox)
                + (select count(*)::int from enrollment.outbox) + (select count(*)::int from risk.outbox) as events`,
      );
      return row!;
    };
    const before = await counted();
    await bank.complete(answer);
    expect(await counted()).toEqual({
      spent: before.spent + 1,
      sessions: before.sessions + 1,
      events: before.events + 1,
    });
  });
});

describe('refusing', () => {
  test('R1 · failure consumes the challenge as success does', async () => {
    const options = await bank.options();
    const spoilt = ada.authenticator.authenticate(options, {
      origin: ORIGIN,
      alter: { signature: (bytes) => bytes.map((b) => b ^ 1) },
    });
    expect(await codeOf(bank.complete(spoilt))).toBe('authentication_failed');
    const good = ada.authenticator.authenticate(options, { origin: ORIGIN });
    expect(await codeOf(bank.complete(good))).toBe('challenge_spent');
    const again = await bank.options();
    const once = ada.authenticator.authenticate(again, { origin: ORIGIN });
    await bank.complete(once);
    expect(await codeOf(bank.complete(once))).toBe('challenge_spent');
  });

  test('R1 · of 64 parallel completions of one challenge at two replicas exactly one signs in', async () => {
    const answer = ada.authenticator.authenticate(await bank.options(), { origin: ORIGIN });
    const codes = await Promise.all(
      Array.from({ length: 64 }, (_, i) => codeOf(bank.complete(answer, 'bank-app', i % 2))),
    );
    expect(codes.filter((code) => code === 'passed')).toHaveLength(1);
    expect(codes.filter((code) => code === 'challenge_spent')).toHaveLength(63);
  });

  test('R10 · without user verification, where the ceremony asked for it', async () => {
    const alter = { flags: (flags: number) => flags & ~FLAGS.UV };
    expect(await codeOf(bank.signIn(ada, { alter }))).toBe('authentication_failed');
    expect(await refused()).toMatchObject({
      code: 'user_verification_missing',
      clause: 'WebAuthn L3 §7.2 step 17',
      credential: ada.device,
    });
  });

  test('R10 · without user presence, whatever the policy', async () => {
    await codeOf(bank.signIn(ada, { alter: { flags: (flags) => flags & ~FLAGS.UP } }));
    expect(await refused()).toMatchObject({ code: 'user_presence_missing' });
  });

  test('a challenge of another application is none of this one', async () => {
    const answer = ada.authenticator.authenticate(await bank.options('', 'bank-web'), { origin: ORIGIN });
    expect(await codeOf(bank.complete(answer, 'bank-app'))).toBe('challenge_spent');
  });

  test('a challenge that we did not make', async () => {
    const options = { ...(await bank.options()), challenge: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8' };
    expect(await codeOf(bank.complete(ada.authenticator.authenticate(options, { origin: ORIGIN })))).toBe(
      'challenge_spent',
    );
  });

  test.each([null, [], {}, { id: 'x' }, 'text', 7])('what is no credential says so: %j', async (credential) => {
    expect(await codeOf(bank.complete(credential))).toBe('credential_malformed');
  });

  test('what is no JSON, or without measure, says so too', async () => {
    const send = (credential: string) =>
      bank.replicas[0].completeAuthentication(
        { clientId: 'bank-app', credential, origin: undefined, proof: undefined },
        bank.call(),
      );
    for (const text of ['', '{', '['.repeat(20_000), `"${'x'.repeat(60_000)}"`])
      expect(await codeOf(send(text))).toBe('credential_malformed');
  });

  test('a bank’s server and an unknown application sign nobody in', async () => {
    expect(await codeOf(bank.options('', 'bank-server'))).toBe('client_cannot_sign_in');
    expect(await codeOf(bank.options('', 'nobody'))).toBe('client_unknown');
  });
});

describe('R14 · unknown and known look the same', () => {
  test('options for an unknown name have the shape of real ones, the same at every call, at both replicas', async () => {
    const known = await bank.options(ada.reference);
    const unknown = await bank.options('nobody at all');
    expect(Object.keys(unknown)).toEqual(Object.keys(known));
    expect(Object.keys(unknown.allowCredentials![0]!)).toEqual(Object.keys(known.allowCredentials![0]!));
    expect(unknown.challenge).toHaveLength(known.challenge.length);
    expect((await bank.options('nobody at all', 'bank-app', 1)).allowCredentials).toEqual(unknown.allowCredentials);
  });

  test('unknown credential, somebody else’s credential, bad signature: one answer, while the record says which', async () => {
    const stranger = new SoftAuthenticator();
    const rp = { id: 'localhost', name: 'bank' };
    const user = { id: 'c3RyYW5nZXI', name: 'x', displayName: 'x' };
    stranger.register(
      { rp, user, challenge: 'AAAA', pubKeyCredParams: [{ type: 'public-key', alg: -7 }] },
      { origin: ORIGIN },
    );
    const bob = await bank.customer();
    const answer = async (by: SoftAuthenticator, name: string, alter = {}) => {
      const options = await bank.options(name);
      const error = await bank
        .complete(by.authenticate({ ...options, allowCredentials: [] }, { origin: ORIGIN, alter }))
        .catch((each: unknown) => each as { code: string; details: object });
      return [(error as { code: string }).code, (await refused()).code, (await refused()).subject !== ''];
    };
    const flip = { signature: (bytes: Uint8Array<ArrayBuffer>) => bytes.map((b) => b ^ 1) };
    expect(await answer(stranger, '')).toEqual(['authentication_failed', 'credential_unknown', false]);
    expect(await answer(stranger, ada.reference)).toEqual(['authentication_failed', 'credential_unknown', false]);
    expect(await answer(bob.authenticator, ada.reference)).toEqual(['authentication_failed', 'subject_mismatch', true]);
    expect(await answer(bob.authenticator, 'nobody')).toEqual(['authentication_failed', 'subject_mismatch', true]);
    expect(await answer(ada.authenticator, '', flip)).toEqual(['authentication_failed', 'signature_invalid', true]);
  });

  test('a browser may be told to forget an unknown passkey, but a decoy is not given away', async () => {
    const told = async (id: string) => {
      const options = await bank.options();
      const real = ada.authenticator.authenticate(options, { origin: ORIGIN });
      const error = await bank.complete({ ...real, id, rawId: id }).catch((each: unknown) => each);
      return (error as { details: ErrorDetails }).details.signals;
    };
    const unknownCredential = { rpId: 'localhost', credentialId: 'bmV2ZXIgc2hvd24' };
    expect(await told('bmV2ZXIgc2hvd24')).toEqual({ unknownCredential });
    for (const { id } of (await bank.options('nobody at all')).allowCredentials!)
      expect(await told(id)).toBeUndefined();
  });
});

describe('the counter, after the signature', () => {
  const rewound = async (policy: 'suspend' | 'refuse' | 'risk') => {
    await bank.decide({ counter: policy });
    const counting = await bank.customer({ counter: 'increment' });
    await bank.signIn(counting);
    const attempt = () => codeOf(bank.signIn(counting, { alter: { counter: 1 } }));
    return { counting, attempt };
  };
  afterAll(() => bank.decide({}));

  test('R2 · one that went back suspends the device, and its good signature no longer helps', async () => {
    const { counting, attempt } = await rewound('suspend');
    expect(await attempt()).toBe('authentication_failed');
    expect(await refused()).toMatchObject({
      code: 'counter_replayed',
      clause: 'WebAuthn L3 §6.1.1',
      facts: { stored: '2', sent: '1' },
    });
    expect(await codeOf(bank.signIn(counting))).toBe('authentication_failed');
    expect(await refused()).toMatchObject({ code: 'credential_not_active', credential: counting.device });
  });

  test('R2 · by policy it is only refused, and a later higher one signs in', async () => {
    const { counting, attempt } = await rewound('refuse');
    expect(await attempt()).toBe('authentication_failed');
    expect(await codeOf(bank.signIn(counting))).toBe('passed');
  });

  test('R2 · by policy it is weighed as a signal of its own', async () => {
    const { counting } = await rewound('risk');
    const signedIn = await bank.signIn(counting, { alter: { counter: 1 } });
    expect(signedIn.risk).toMatchObject({ level: 'MEDIUM' });
    expect(signedIn.risk!.reasons[0]).toBe('counter.replayed');
  });

  test('R2 · a drop to zero counts as going back', async () => {
    const { counting } = await rewound('suspend');
    expect(await codeOf(bank.signIn(counting, { alter: { counter: 0 } }))).toBe('authentication_failed');
    expect((await refused()).code).toBe('counter_replayed');
  });

  test('R30 · a stranger who claims a lower counter suspends nobody', async () => {
    const { counting } = await rewound('suspend');
    const flip = { counter: 0, signature: (bytes: Uint8Array<ArrayBuffer>) => bytes.map((b) => b ^ 1) };
    expect(await codeOf(bank.signIn(counting, { alter: flip }))).toBe('authentication_failed');
    expect((await refused()).code).toBe('signature_invalid');
    expect(await codeOf(bank.signIn(counting))).toBe('passed');
  });

  test('R2 · of two that count the same in parallel one signs in', async () => {
    await bank.decide({ counter: 'refuse' });
    const counting = await bank.customer({ counter: 'increment' });
    const answers = await Promise.all([bank.options(), bank.options()]);
    const same = answers.map((options) =>
      counting.authenticator.authenticate(options, { origin: ORIGIN, alter: { counter: 9 } }),
    );
    const codes = await Promise.all(same.map((answer, replica) => codeOf(bank.complete(answer, 'bank-app', replica))));
    expect(codes.sort()).toEqual(['authentication_failed', 'passed']);
  });
});

describe('risk at sign-in', () => {
  // Somebody new: what was refused to Ada above counts against her for an hour.
  let eve: Customer;
  beforeAll(async () => void (eve = await bank.customer()));
  afterAll(() => bank.decide({}));

  test('a score that blocks is refused, and the record has score and reasons', async () => {
    await bank.decide({
      risk: {
        bands: [
          { level: 'LOW', upTo: 9, action: 'allow' },
          { level: 'CRITICAL', upTo: 100, action: 'block' },
        ],
        signals: { device: { known: 90, similarOs: 90, newOs: 90 } },
      },
    });
    expect(await codeOf(bank.signIn(eve))).toBe('authentication_failed');
    expect(await refused()).toMatchObject({
      code: 'risk_blocked',
      risk: { score: 90, level: 'CRITICAL', action: 'block' },
    });
  });

  test('without risk the policy decides: allowed and recorded as absent, or blocked', async () => {
    await bank.decide({});
    await bank.without('risk', async () => {
      expect((await bank.signIn(eve)).risk).toEqual({ score: 0, level: 'ABSENT', action: 'allow', reasons: [] });
      expect(await bank.lastEvent('session', 'session.established')).toMatchObject({
        risk: { level: 'ABSENT', action: 'allow' },
      });
      await bank.decide({ risk: { whenAbsent: { signIn: 'block' } } });
      expect(await codeOf(bank.signIn(eve))).toBe('authentication_failed');
      expect(await refused()).toMatchObject({ code: 'risk_absent', risk: { level: 'ABSENT' } });
    });
    await bank.decide({});
    expect((await bank.signIn(eve)).risk?.level).toBe('LOW');
  });
});

test('ceremonies are counted: started, succeeded, refused by precise code', async () => {
  const metrics = await bank.metrics();
  expect(metrics).toMatch(/ceremonies_started_total\{ceremony="authentication"\} \d+/);
  expect(metrics).toMatch(/ceremonies_succeeded_total\{ceremony="authentication"\} \d+/);
  expect(metrics).toMatch(/ceremonies_refused_total\{ceremony="authentication",code="counter_replayed"\} \d+/);
  expect(metrics).toMatch(/ceremony_duration_seconds_count\{ceremony="authentication"\} \d+/);
});
