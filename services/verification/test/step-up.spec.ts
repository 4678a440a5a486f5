import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Bank, ORIGIN, Rpc, codeOf, type Customer } from './bank.js';

const PAY = { name: 'payee.add', parameters: { iban: 'DE02120300000000202051', name: 'Bob' } };
const POLICY = { actions: { 'payee.add': { acr: 'phr', maxAge: 60 }, 'wire.send': { acr: 'phrh', maxAge: 60 } } };

let bank: Bank;
let ada: Customer;
let token: string;

beforeAll(async () => {
  bank = await Bank.open(POLICY);
  ada = await bank.customer();
  token = (await bank.signIn(ada)).accessToken;
});
afterAll(() => bank.stop());

const grantFor = async (action = PAY): Promise<string> => (await bank.stepUp(token, ada.authenticator, action)).grant;
const refused = (type: string) => bank.lastEvent('verification', type);

describe('stepping up', () => {
  test('BCB-3.challenge · the options name the caller’s keys and ask for user verification', async () => {
    expect(await bank.stepUpOptions(token, PAY)).toMatchObject({
      userVerification: 'required',
      allowCredentials: [{ id: ada.credentialId }],
    });
  });

  test('BCB-3.grant RNB-4.actions · a listed action yields a grant that the bank redeems once', async () => {
    const { grant, grantExpiresIn } = await bank.stepUp(token, ada.authenticator, PAY);
    expect(grantExpiresIn).toBeLessThanOrEqual(60);
    const redeemed = await bank.redeem(grant, PAY);
    expect(redeemed).toMatchObject({ subject: ada.subject, acr: 'phr', credential: ada.device });
    expect(await refused('grant.redeemed')).toMatchObject({
      outcome: 'success',
      client: 'bank-server',
      facts: { action: 'payee.add' },
    });
    expect(await codeOf(bank.redeem(grant, PAY))).toBe('grant_refused');
    expect(await refused('grant.refused')).toMatchObject({ code: 'grant_refused', facts: { reason: 'spent' } });
  });

  test('BCB-3.elevate · without an action the same session rises, with a later time', async () => {
    const before = await bank.signIn(ada);
    const steppedUp = await bank.stepUp(before.accessToken, ada.authenticator);
    expect(steppedUp).toMatchObject({ session: before.session, acr: 'phr', grant: '' });
    expect(steppedUp.authTime).toBeGreaterThanOrEqual(before.authTime);
    expect(steppedUp.accessToken).not.toBe(before.accessToken);
    expect(await bank.lastEvent('session', 'session.elevated')).toMatchObject({
      session: before.session,
      credential: ada.device,
    });
  });

  test('BCB-3.policy · an action the tenant did not list is refused, and recorded', async () => {
    expect(await codeOf(bank.stepUpOptions(token, { name: 'payee.remove' }))).toBe('action_unknown');
    expect(await refused('stepup.refused')).toMatchObject({ code: 'action_unknown', client: 'bank-app' });
  });

  test('BCB-3.policy · an action that needs more than a passkey gives is refused', async () => {
    expect(await codeOf(bank.stepUp(token, ada.authenticator, { name: 'wire.send' }))).toBe('step_up_impossible');
    expect(await refused('stepup.refused')).toMatchObject({
      code: 'step_up_impossible',
      subject: expect.stringMatching(/^p_/),
    });
  });

  test('BCB-3.challenge · another person, another session, another ceremony: refused', async () => {
    const bob = await bank.customer();
    const { accessToken: bobs } = await bank.signIn(bob);
    const options = await bank.stepUpOptions(token, PAY);
    const byBob = bob.authenticator.authenticate({ ...options, allowCredentials: [] }, { origin: ORIGIN });
    expect(await codeOf(bank.completeStepUp(token, byBob))).toBe('step_up_failed');
    expect((await refused('stepup.refused')).code).toBe('subject_mismatch');
    const { accessToken: other } = await bank.signIn(ada);
    const here = ada.authenticator.authenticate(await bank.stepUpOptions(token, PAY), { origin: ORIGIN });
    expect(await codeOf(bank.completeStepUp(other, here))).toBe('step_up_failed');
    expect((await refused('stepup.refused')).code).toBe('session_mismatch');
    const bobsAnswer = bob.authenticator.authenticate(await bank.stepUpOptions(bobs, PAY), { origin: ORIGIN });
    expect(await codeOf(bank.complete(bobsAnswer))).toBe('challenge_spent');
    const signingIn = ada.authenticator.authenticate(await bank.options(), { origin: ORIGIN });
    expect(await codeOf(bank.completeStepUp(token, signingIn))).toBe('challenge_spent');
  });

  test('R1 · a failed confirmation has consumed its challenge', async () => {
    const options = await bank.stepUpOptions(token, PAY);
    const flip = { signature: (bytes: Uint8Array<ArrayBuffer>) => bytes.map((b) => b ^ 1) };
    const spoilt = ada.authenticator.authenticate(options, { origin: ORIGIN, alter: flip });
    expect(await codeOf(bank.completeStepUp(token, spoilt))).toBe('step_up_failed');
    const good = ada.authenticator.authenticate(options, { origin: ORIGIN });
    expect(await codeOf(bank.completeStepUp(token, good))).toBe('challenge_spent');
  });
});

describe('redeeming a grant', () => {
  test('BCB-3.grant · of 64 parallel redemptions at two replicas exactly one wins', async () => {
    const grant = await grantFor();
    const calls = await Promise.all([0, 1].map(() => bank.asServer(Rpc.redeemGrant, 'grants:redeem')));
    const codes = await Promise.all(
      Array.from({ length: 64 }, (_, i) => codeOf(bank.redeemWith(calls[i % 2]!, grant, PAY, i % 2))),
    );
    expect(codes.filter((code) => code === 'passed')).toHaveLength(1);
    expect(codes.filter((code) => code === 'grant_refused')).toHaveLength(63);
  });

  test('RNB-4.actions · a grant is for exactly what was confirmed, and is still good after a wrong try', async () => {
    const grant = await grantFor();
    const otherPayee = { name: 'payee.add', parameters: { ...PAY.parameters, name: 'Mallory' } };
    expect(await codeOf(bank.redeem(grant, otherPayee))).toBe('grant_refused');
    expect(await refused('grant.refused')).toMatchObject({ facts: { reason: 'other_hash' } });
    expect(await codeOf(bank.redeem(grant, { name: 'wire.send', parameters: PAY.parameters }))).toBe('grant_refused');
    expect(await codeOf(bank.redeem(grant, PAY))).toBe('passed');
  });

  test('a grant for the platform’s own action is not the bank’s to spend', async () => {
    const own = { name: 'authenticator.add' };
    const { grant } = await bank.stepUp(token, ada.authenticator, own);
    expect(await codeOf(bank.redeem(grant, own))).toBe('grant_refused');
    expect(await refused('grant.refused')).toMatchObject({ facts: { reason: 'action_not_listed' } });
  });

  test('a grant with a changed byte, another class of token, and none are refused alike', async () => {
    const grant = await grantFor();
    const at = grant.length - 10;
    const changed = grant.slice(0, at) + (grant[at] === 'A' ? 'B' : 'A') + grant.slice(at + 1);
    for (const forged of [changed, token, '', 'a.b.c']) {
      expect(await codeOf(bank.redeem(forged, PAY))).toBe('grant_refused');
    }
    expect(await refused('grant.refused')).toMatchObject({ outcome: 'refused', subject: '' });
  });

  test('BCB-3.freshness RNB-4.freshness · the authentication must be as fresh as the policy in force says', async () => {
    const grant = await grantFor();
    await bank.decide({ actions: { 'payee.add': { maxAge: 0 } } });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await codeOf(bank.redeem(grant, PAY))).toBe('grant_refused');
    expect(await refused('grant.refused')).toMatchObject({ facts: { reason: 'too_old' } });
    await bank.decide(POLICY);
    expect(await codeOf(bank.redeem(grant, PAY))).toBe('passed');
  });

  test('BCB-3.policy RNB-4.actions · a grant is judged by the application in which it was confirmed', async () => {
    const webauthn = { assurance: { level: 'device-bound-attested' } };
    const lenient = { 'bank-app': { assurance: { level: 'any' } } };
    await bank.decide({ ...POLICY, webauthn, applications: lenient });
    const grant = await grantFor();
    await bank.decide({ ...POLICY, webauthn });
    expect(await codeOf(bank.redeem(grant, PAY))).toBe('grant_refused');
    expect(await refused('grant.refused')).toMatchObject({ facts: { reason: 'too_weak' } });
    await bank.decide({ ...POLICY, webauthn, applications: lenient });
    expect(await bank.redeem(grant, PAY)).toMatchObject({ acr: 'phr' });
    await bank.decide(POLICY);
  });

  test('a person cannot redeem, nor a server without the scope', async () => {
    const grant = await grantFor();
    const path = Rpc.redeemGrant;
    expect(await codeOf(bank.redeemWith(await bank.asPerson(token, path), grant, PAY))).toBe('scope_missing');
    expect(await codeOf(bank.redeemWith(await bank.asServer(path, 'introspect'), grant, PAY))).toBe('scope_missing');
    expect(await codeOf(bank.redeemWith(bank.call(), grant, PAY))).toBe('caller_token_refused');
  });
});

test('when risk is absent a step-up is blocked by default, and goes on by policy', async () => {
  await bank.without('risk', async () => {
    expect(await codeOf(bank.stepUp(token, ada.authenticator, PAY))).toBe('step_up_failed');
    expect(await refused('stepup.refused')).toMatchObject({ code: 'risk_absent' });
    await bank.decide({ ...POLICY, risk: { whenAbsent: { stepUp: 'allow' } } });
    expect(await codeOf(bank.stepUp(token, ada.authenticator, PAY))).toBe('passed');
  });
});

// Last: what it stores beside the grant is no leaf.
describe('the database decides', () => {
  test('expiry follows its clock, and an expired grant is not marked as spent', async () => {
    const jti = '01890a5d-ac96-774b-bcce-b302099a8001';
    const database = bank.installation.database.open('verification');
    const sql = {
      name: 'redeem',
      text: `select redeem_grant($1, $2, clock_timestamp() + $3::interval, gen_random_uuid(), '\\x7b7d') as outcome`,
    };
    const outcome = async (within: string) =>
      (await database.query<{ outcome: string }>(sql, [bank.tenant.tenant, jti, within])).rows[0]!.outcome;
    expect(await outcome('-1 millisecond')).toBe('expired');
    expect(await outcome('10 seconds')).toBe('redeemed');
    expect(await outcome('10 seconds')).toBe('spent');
  });
});
