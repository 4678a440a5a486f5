import { generateKeyPairSync, sign, constants, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { session } from '@countersign/contracts';
import { isRefusal, randomSecret, uuidv7 } from '@countersign/kernel';
import { House, PUBLIC_URL, SECRET, SessionServiceService, claimsOf, described } from './house.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid });
const jwks = { keys: [jwk(ec.publicKey, 'ec'), jwk(ed.publicKey, 'ed'), jwk(rsa.publicKey, 'rsa')] };

let house: House;
beforeAll(async () => {
  house = await House.open({ actions: { 'payee.add': { acr: 'phr', maxAge: 60 } } }, jwks);
});
afterAll(() => house.close());

const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const second = (): number => Math.floor(Date.now() / 1000);

const goodClaims = () => ({
  iss: 'bank-server',
  sub: 'bank-server',
  aud: `${PUBLIC_URL}/v1/t/bank`,
  jti: randomSecret(16),
  iat: second(),
  exp: second() + 60,
});

const SIGNERS = {
  ES256: (data: Buffer, key = ec.privateKey) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (data: Buffer) => sign(null, data, ed.privateKey),
  PS256: (data: Buffer) =>
    sign('sha256', data, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  RS256: (data: Buffer) => sign('sha256', data, rsa.privateKey),
};

function assertion(
  claims: object = goodClaims(),
  header: object = { alg: 'ES256', kid: 'ec' },
  key?: KeyObject,
): string {
  const alg = (header as { alg: keyof typeof SIGNERS }).alg;
  const input = `${b64(header)}.${b64(claims)}`;
  const signer = SIGNERS[alg] ?? SIGNERS.ES256;
  return `${input}.${signer(Buffer.from(input), key).toString('base64url')}`;
}

const token = (
  credential: session.ClientTokenRequest['credential'],
  changes: Partial<session.ClientTokenRequest> = {},
  replica = 0,
) =>
  house
    .as('gateway', replica)
    .clientToken(
      { tenant: '', clientId: 'bank-server', credential, scope: '', proof: undefined, ...changes },
      house.call(),
    );
const bySecret = (value: string) => ({ $case: 'clientSecret', value }) as const;
const byAssertion = (value: string) => ({ $case: 'assertion', value }) as const;

describe('client credentials', () => {
  test('a secret gives a token with the scopes asked for, or all', async () => {
    const all = await token(bySecret(SECRET));
    expect(all).toMatchObject({ scope: 'introspect subjects:read subjects:write', expiresIn: 420 });
    const one = await token(bySecret(SECRET), { tenant: 'bank', scope: 'subjects:read' });
    const claims = claimsOf(one.accessToken);
    expect(claims).toMatchObject({ sub: 'bank-server', client_id: 'bank-server', scope: 'subjects:read' });
    expect(claims).not.toHaveProperty('sid');
  });

  test.each([
    ['a wrong secret', bySecret('wrong'), {}, 'secret'],
    ['no secret', bySecret(''), {}, 'secret'],
    ['nothing', undefined, {}, 'nothing presented'],
    ['a person’s application', bySecret(SECRET), { clientId: 'bank-app' }, 'type'],
    ['another tenant’s endpoint', bySecret(SECRET), { tenant: 'rival' }, 'tenant'],
  ])('RFC 6749 · %s is refused and recorded', async (_, credential, changes, reason) => {
    await expect(token(credential, changes)).rejects.toMatchObject({ code: 'client_refused' });
    expect(await house.lastEvent('client.refused')).toMatchObject({ code: 'client_refused', facts: { reason } });
  });

  test('an unknown client and a scope that is not the application’s are refused', async () => {
    await expect(token(bySecret(SECRET), { clientId: 'nobody' })).rejects.toMatchObject({ code: 'client_refused' });
    for (const scope of ['admin', 'subjects:read admin', ' ', 'subjects:read  introspect', 'toString']) {
      await expect(token(bySecret(SECRET), { scope })).rejects.toMatchObject({ code: 'scope_refused' });
    }
  });

  test.each(['ES256', 'EdDSA', 'PS256'] as const)('RFC 7523 · an assertion by %s is accepted', async (alg) => {
    await expect(token(byAssertion(assertion(goodClaims(), { alg })))).resolves.toBeDefined();
    const claims = { ...goodClaims(), aud: `${PUBLIC_URL}/v1/oauth/token` };
    await expect(token(byAssertion(assertion(claims, { alg, typ: 'JWT' })))).resolves.toBeDefined();
  });

  test('RFC 7523 §3 · an assertion is accepted once, of 32 at once on two replicas exactly one', async () => {
    const presented = assertion();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 32 }, (_, index) => token(byAssertion(presented), {}, index % 2)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await house.lastEvent('client.refused')).toMatchObject({ facts: { reason: 'assertion replayed' } });
  });

  test.each<[string, () => string]>([
    ['a stranger’s key', () => assertion(goodClaims(), { alg: 'ES256', kid: 'ec' }, stranger.privateKey)],
    ['another key’s id', () => assertion(goodClaims(), { alg: 'ES256', kid: 'rsa' })],
    ['RS256', () => assertion(goodClaims(), { alg: 'RS256', kid: 'rsa' })],
    ['none', () => `${b64({ alg: 'none' })}.${b64(goodClaims())}.`],
    ['a name out of the prototype', () => assertion(goodClaims(), { alg: 'constructor' })],
    [
      'its own key in the header',
      () => assertion(goodClaims(), { alg: 'ES256', jwk: jwk(stranger.publicKey, 'x') }, stranger.privateKey),
    ],
    ['another class of token', () => assertion(goodClaims(), { alg: 'ES256', typ: 'at+jwt' })],
    ['another issuer', () => assertion({ ...goodClaims(), iss: 'other' })],
    ['another subject', () => assertion({ ...goodClaims(), sub: 'other' })],
    ['another audience', () => assertion({ ...goodClaims(), aud: 'https://as.example' })],
    ['several audiences', () => assertion({ ...goodClaims(), aud: [`${PUBLIC_URL}/v1/t/bank`] })],
    ['the past', () => assertion({ ...goodClaims(), exp: second() })],
    ['more than five minutes', () => assertion({ ...goodClaims(), exp: second() + 310 })],
    ['no end', () => assertion({ ...goodClaims(), exp: undefined })],
    ['a beginning in the future', () => assertion({ ...goodClaims(), nbf: second() + 30 })],
    ['no identifier', () => assertion({ ...goodClaims(), jti: undefined })],
    ['an endless identifier', () => assertion({ ...goodClaims(), jti: 'j'.repeat(256) })],
  ])('RFC 7523 §3 · an assertion with %s is refused', async (_, made) => {
    await expect(token(byAssertion(made()))).rejects.toMatchObject({ code: 'client_refused' });
  });
});

describe('introspection', () => {
  test('RFC 7662 · tells a person’s token with the session as it is now', async () => {
    const subject = uuidv7();
    const { accessToken, session: sid } = await house.native({ subject });
    expect(await house.introspect(accessToken, '', 1)).toMatchObject({
      active: true,
      subject,
      clientId: 'bank-app',
      session: sid,
      acr: 'phr',
      issuer: `${PUBLIC_URL}/v1/t/bank`,
      audience: 'urn:countersign:bank',
      tokenType: 'Bearer',
      stepUp: undefined,
    });
    expect(await house.introspect(await house.serverToken('subjects:read'))).toMatchObject({
      active: true,
      subject: 'bank-server',
      session: '',
      scope: 'subjects:read',
    });
  });

  test('RFC 7662 §2.2 · whatever is not active answers exactly that it is not', async () => {
    const inactive = await house.introspect('nonsense');
    expect(inactive).toEqual({
      active: false,
      subject: '',
      clientId: '',
      session: '',
      acr: '',
      amr: [],
      authTime: 0n,
      issuedAt: 0n,
      expiresAt: 0n,
      scope: '',
      issuer: '',
      audience: '',
      stepUp: undefined,
      tokenType: '',
      jkt: '',
    });
    const rival = await house.tenant(described('rival'));
    const foreign = await house.native({ tenant: rival.tenant, clientId: 'rival-app' });
    const ended = await house.native();
    const { client, call } = await house.acting({ bearer: ended.accessToken }, SessionServiceService.signOut);
    await client.signOut({}, call);
    for (const other of ['', foreign.accessToken, ended.accessToken, ended.refreshToken]) {
      expect(await house.introspect(other)).toEqual(inactive);
      expect(await house.introspect(other, 'payee.add')).toEqual(inactive);
    }
  });

  test('BCB-3.freshness · says what the session lacks for an action of the policy', async () => {
    const authTime = BigInt(second() - 61);
    const old = await house.native({ authTime });
    const fresh = await house.native();
    const wanted = { acrValues: 'phr', maxAge: 60 };
    expect((await house.introspect(fresh.accessToken, 'payee.add')).stepUp).toEqual({ required: false, ...wanted });
    expect((await house.introspect(old.accessToken, 'payee.add')).stepUp).toEqual({ required: true, ...wanted });
    for (const unknown of ['payee.remove', 'toString', '__proto__']) {
      await expect(house.introspect(fresh.accessToken, unknown)).rejects.toMatchObject({ code: 'action_unknown' });
    }
  });

  test('is for servers with its scope, not for people', async () => {
    const { accessToken } = await house.native();
    for (const bearer of [accessToken, await house.serverToken('subjects:read')]) {
      const { client, call } = await house.acting({ bearer }, SessionServiceService.introspect);
      await expect(client.introspect({ token: accessToken, action: '' }, call)).rejects.toMatchObject({
        code: 'scope_missing',
      });
    }
  });
});

describe('revocation', () => {
  const revoke = (presented: string, changes: Partial<session.RevokeRequest> = {}) =>
    house
      .as('gateway', 1)
      .revoke(
        { clientId: 'bank-app', token: presented, clientSecret: '', assertion: '', proof: undefined, ...changes },
        house.call(),
      );
  const isLive = (bearer: string) =>
    house.check({ bearer }).then(
      () => true,
      (error: unknown) => !(isRefusal(error) && error.code === 'session_ended'),
    );

  test.each(['refreshToken', 'accessToken'] as const)(
    'RFC 7009 · by its %s the session is dead at once',
    async (kind) => {
      const opened = await house.native();
      await revoke(opened[kind]);
      expect(await isLive(opened.accessToken)).toBe(false);
      expect(await house.lastEvent('session.ended')).toMatchObject({ facts: { reason: 'token_revoked' } });
      await expect(revoke(opened[kind])).resolves.toEqual({ dpopNonce: '' });
    },
  );

  test('RFC 7009 §2.2 · what is unknown, invented or another application’s changes nothing and says nothing', async () => {
    const { refreshToken, accessToken } = await house.native();
    const bytes = Buffer.from(refreshToken.slice(5), 'base64url');
    bytes[40]! ^= 1;
    await expect(revoke('nonsense')).resolves.toEqual({ dpopNonce: '' });
    await expect(revoke(refreshToken, { clientId: 'nobody' })).resolves.toEqual({ dpopNonce: '' });
    await expect(revoke(refreshToken, { clientId: 'bank-web' })).resolves.toEqual({ dpopNonce: '' });
    await expect(revoke(`csr1.${bytes.toString('base64url')}`)).resolves.toEqual({ dpopNonce: '' });
    expect(await isLive(accessToken)).toBe(true);
  });

  test('a server says who it is first', async () => {
    const request = { clientId: 'bank-server' };
    await expect(revoke('x', request)).rejects.toMatchObject({ code: 'client_refused' });
    await expect(revoke('x', { ...request, clientSecret: SECRET })).resolves.toEqual({ dpopNonce: '' });
    await expect(revoke('x', { ...request, assertion: assertion() })).resolves.toEqual({ dpopNonce: '' });
  });
});
