import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SoftAuthenticator, TestAttestationCa } from '@countersign/testing';
import { Bank, ORIGIN } from './bank.js';

const ca = new TestAttestationCa();
let bank: Bank;
let strict: Bank;
beforeAll(async () => {
  bank = await Bank.open();
  strict = await Bank.open({
    webauthn: { attestation: { accept: ['anchored'], anchors: [Buffer.from(ca.certificate).toString('base64')] } },
    limits: { devicesPerPerson: 2 },
  });
});
afterAll(async () => {
  await bank.stop();
  await strict.stop();
});

/** A fresh subject with an opened ticket, its options, and an authenticator. */
async function ceremony(at: Bank = bank, authenticator = new SoftAuthenticator()) {
  const { subject } = await at.subject();
  const binding = await at.binding(subject);
  return { subject, binding, authenticator, options: await at.options(binding) };
}

describe('registration with a ticket', () => {
  test('BCB-1.none · stores a passkey that names no authority', async () => {
    const { subject, binding, authenticator, options } = await ceremony();
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      authenticatorSelection: { userVerification: 'required' },
      attestation: 'direct',
      excludeCredentials: [],
    });
    const { credential } = await bank.complete(binding, authenticator.register(options, { origin: ORIGIN }));
    expect(credential).toMatchObject({ subject, state: 'active', attestationFormat: 'none', attestationTrust: 'none' });
  });

  test('BCB-1.packed · a chain that leads to an anchor of the policy is trusted', async () => {
    const authenticator = new SoftAuthenticator({
      attestation: 'packed',
      ca,
      aaguid: '5ca1ab1e-0000-4000-8000-00000000cafe',
    });
    const { binding, options } = await ceremony(strict, authenticator);
    const { credential } = await strict.complete(binding, authenticator.register(options, { origin: ORIGIN }));
    expect(credential).toMatchObject({
      attestationFormat: 'packed',
      attestationTrust: 'anchored',
      aaguid: '5ca1ab1e-0000-4000-8000-00000000cafe',
    });
  });

  test('BCB-1.packed · a chain that leads elsewhere is refused with its clause, and nothing is stored', async () => {
    const authenticator = new SoftAuthenticator({ attestation: 'packed' });
    const { subject, binding, options } = await ceremony(strict, authenticator);
    const answer = authenticator.register(options, { origin: ORIGIN });
    await expect(strict.complete(binding, answer)).rejects.toMatchObject({ code: 'attestation_untrusted' });
    const [refusal] = (await strict.events('credential.refused')).slice(-1);
    expect(refusal).toMatchObject({
      code: 'attestation_untrusted',
      clause: expect.stringContaining('§7.1'),
      outcome: 'refused',
    });
    expect(await strict.asServer('getSubject', { subject })).toMatchObject({ activeCredentials: 0 });
  });

  test('BCB-1.device · records what the device is: model, transports, backup, platform and name', async () => {
    const authenticator = new SoftAuthenticator({
      aaguid: '5ca1ab1e-0000-4000-8000-000000000001',
      backupEligible: true,
      backupState: true,
    });
    const { binding, options } = await ceremony(bank, authenticator);
    const answer = authenticator.register(options, { origin: ORIGIN });
    const { credential } = await bank.complete(binding, answer, 0, '  Ada’s laptop ');
    expect(credential).toMatchObject({
      credentialId: answer.id,
      aaguid: '5ca1ab1e-0000-4000-8000-000000000001',
      backupEligible: true,
      backupState: true,
      transports: ['internal'],
      platform: 'macos',
      name: 'Ada’s laptop',
      algorithm: -7,
    });
    const evidence = await bank.rows<{ object: Buffer }>(
      'select attestation_object as object from enrollment.credential where id = $1',
      [credential!.id],
    );
    expect(evidence[0]!.object.toString('base64url')).toBe(answer.response.attestationObject);
  });

  test('a device without a name is called after its platform', async () => {
    const { binding, authenticator, options } = await ceremony();
    const { credential } = await bank.complete(binding, authenticator.register(options, { origin: ORIGIN }));
    expect(credential!.name).toBe('Mac');
  });

  test('BCB-1.ticket · leaves its event with the success: credential, ticket and policy version', async () => {
    const { binding, authenticator, options } = await ceremony();
    const { credential } = await bank.complete(binding, authenticator.register(options, { origin: ORIGIN }));
    const [event] = (await bank.events('credential.enrolled')).slice(-1);
    expect(event).toMatchObject({ outcome: 'success', credential: credential!.id, policy: 1, facts: { by: 'ticket' } });
    expect(event!.subject).toMatch(/^p_[\w-]{22}$/);
    expect(event!.personal).toMatchObject({ c: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test('R10 · without user verification it is refused', async () => {
    const authenticator = new SoftAuthenticator({ userVerification: false });
    const { binding, options } = await ceremony(bank, authenticator);
    const answer = authenticator.register(options, { origin: ORIGIN });
    await expect(bank.complete(binding, answer)).rejects.toMatchObject({ code: 'user_verification_missing' });
  });

  test('R1 · a failure consumes the challenge: the right answer to it comes too late', async () => {
    const { binding, authenticator, options } = await ceremony();
    const wrong = authenticator.register(options, { origin: 'https://elsewhere.example' });
    await expect(bank.complete(binding, wrong)).rejects.toMatchObject({ code: 'origin_not_allowed' });
    const right = authenticator.register(options, { origin: ORIGIN });
    await expect(bank.complete(binding, right)).rejects.toMatchObject({ code: 'challenge_spent' });
    const again = authenticator.register(await bank.options(binding), { origin: ORIGIN });
    await expect(bank.complete(binding, again)).resolves.toBeDefined();
  });

  test('R1 · it is consumed also when the binding presented with it is nobody’s', async () => {
    const { binding, authenticator, options } = await ceremony();
    const answer = authenticator.register(options, { origin: ORIGIN });
    const stranger = 'A'.repeat(43);
    await expect(bank.complete(stranger, answer)).rejects.toMatchObject({ code: 'enrollment_binding_refused' });
    await expect(bank.complete(binding, answer)).rejects.toMatchObject({ code: 'challenge_spent' });
  });

  test('BCB-1.device · nobody gets more devices than the policy permits, also not through replicas at the same time', async () => {
    const attested = () => new SoftAuthenticator({ attestation: 'packed', ca });
    const { subject } = await strict.customer({ attestation: 'packed', ca });
    const tickets = await Promise.all([0, 1, 0, 1].map(() => strict.binding(subject)));
    const ready = await Promise.all(
      tickets.map(async (binding) => ({
        binding,
        answer: attested().register(await strict.options(binding), { origin: ORIGIN }),
      })),
    );
    const late = await strict.binding(subject);
    const outcomes = await Promise.all(
      ready.map(({ binding, answer }, n) =>
        strict.complete(binding, answer, (n % 2) as 0 | 1).then(
          () => 'enrolled',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(outcomes.sort()).toEqual(['enrolled', 'too_many_devices', 'too_many_devices', 'too_many_devices']);
    await expect(strict.options(late)).rejects.toMatchObject({ code: 'too_many_devices' });
    const refusals = (await strict.events('credential.refused')).filter(({ code }) => code === 'too_many_devices');
    expect(refusals).toHaveLength(4);
    await strict.rows(
      `update enrollment.credential set state = 'revoked' where id = (select id from enrollment.credential where subject = $1 limit 1)`,
      [subject],
    );
    await expect(strict.options(late)).resolves.toMatchObject({ attestation: 'direct' });
  });

  test('R3 · of 64 parallel completions of one ticket on two replicas one stores a credential, in each of 5 rounds', async () => {
    for (let round = 0; round < 5; round++) {
      const { subject, binding } = await ceremony();
      const answers = await Promise.all(
        Array.from({ length: 64 }, async (_, i) =>
          new SoftAuthenticator().register(await bank.options(binding, (i % 2) as 0 | 1), { origin: ORIGIN }),
        ),
      );
      const outcomes = await Promise.allSettled(
        answers.map((answer, i) => bank.complete(binding, answer, (i % 2) as 0 | 1)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const codes = outcomes.flatMap((each) =>
        each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
      );
      expect(new Set(codes)).toEqual(new Set(['enrollment_binding_refused']));
      expect(await bank.asServer('getSubject', { subject })).toMatchObject({ activeCredentials: 1 });
    }
  });

  test('R3 · of 64 parallel completions of one answer one stores a credential', async () => {
    const { subject, binding, authenticator, options } = await ceremony();
    const answer = authenticator.register(options, { origin: ORIGIN });
    const tries = Array.from({ length: 64 }, (_, i) => bank.complete(binding, answer, (i % 2) as 0 | 1));
    expect((await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await bank.asServer('getSubject', { subject })).toMatchObject({ activeCredentials: 1 });
  });

  test('a credential id that is known is refused, and the ticket stays good', async () => {
    const first = await ceremony();
    const answer = first.authenticator.register(first.options, { origin: ORIGIN });
    await bank.complete(first.binding, answer);
    const second = await ceremony();
    const taken = Buffer.from(answer.id, 'base64url');
    const copy = second.authenticator.register(second.options, {
      origin: ORIGIN,
      alter: {
        authData: (bytes) => {
          bytes.set(taken, 55);
          return bytes;
        },
        response: (response) => ({ ...response, id: answer.id, rawId: answer.id }),
      },
    });
    await expect(bank.complete(second.binding, copy)).rejects.toMatchObject({ code: 'credential_exists' });
    const next = second.authenticator.register(await bank.options(second.binding), { origin: ORIGIN });
    await expect(bank.complete(second.binding, next)).resolves.toBeDefined();
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a number', '1'],
    ['a bomb', '['.repeat(60_000)],
    ['too much', `"${'x'.repeat(70_000)}"`],
  ])('refuses %s for a credential', async (_, credential) => {
    const { binding } = await ceremony();
    const request = { clientId: bank.clientId, binding, credential, name: '', origin: undefined };
    await expect(bank.gateway.completeWithTicket(request, bank.call())).rejects.toMatchObject({
      code: 'credential_malformed',
    });
  });

  test('counts what was started, what succeeded and what was refused by code', async () => {
    const { binding, authenticator, options } = await ceremony();
    await bank.complete(binding, authenticator.register(options, { origin: ORIGIN }));
    const text = await bank.metrics();
    expect(text).toMatch(/countersign_ceremonies_started_total\{ceremony="registration"\} [1-9]/);
    expect(text).toMatch(/countersign_ceremonies_succeeded_total\{ceremony="registration"\} [1-9]/);
    expect(text).toMatch(
      /countersign_ceremonies_refused_total\{ceremony="registration",code="challenge_spent"\} [1-9]/,
    );
  });
});
