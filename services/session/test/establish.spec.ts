import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@countersign/kernel';
import { House, PUBLIC_URL, claimsOf, described, headerOf } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

describe('a new session', () => {
  test('of a web application is a cookie and an anti-CSRF value, and no token', async () => {
    const opened = await house.establish();
    expect(opened.cookie).toMatch(/^csc1\.[A-Za-z0-9_-]{86}$/);
    expect(opened.csrfToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(opened).toMatchObject({ accessToken: '', refreshToken: '' });
  });

  test('RFC 9068 · of a native application is an at+jwt of its tenant and a refresh token', async () => {
    const subject = uuidv7();
    const opened = await house.native({ subject });
    expect(opened.refreshToken).toMatch(/^csr1\.[A-Za-z0-9_-]{107}$/);
    expect(opened).toMatchObject({ cookie: '', csrfToken: '', expiresIn: 420 });
    expect(headerOf(opened.accessToken)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: `file:token/${house.bank.tenant}/1`,
    });
    const claims = claimsOf(opened.accessToken);
    expect(claims).toEqual({
      iss: `${PUBLIC_URL}/v1/t/bank`,
      aud: 'urn:countersign:bank',
      sub: subject,
      client_id: 'bank-app',
      sid: opened.session,
      acr: 'phr',
      amr: ['hwk', 'user', 'mfa', 'pop'],
      auth_time: claims['auth_time'],
      iat: claims['iat'],
      exp: Number(claims['iat']) + 420,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('R17 · is recorded with the credential, risk, methods, assurance and policy version', async () => {
    const credential = uuidv7();
    const event = uuidv7();
    const details = { commitment: 'c'.repeat(43), keyId: 'k1', sealed: Buffer.from('sealed'), event };
    const { session } = await house.establish({ credential, details });
    expect(await house.lastEvent('session.established')).toMatchObject({
      id: event,
      credential,
      session,
      subject: 'p_someone',
      client: 'bank-web',
      outcome: 'success',
      amr: ['hwk', 'user', 'mfa', 'pop'],
      acr: 'phr',
      policy: 1,
      risk: { score: 5, level: 'LOW' },
      personal: { c: 'c'.repeat(43), k: 'k1' },
    });
  });

  test('is neither stored nor recorded with a secret or an address', async () => {
    const opened = await house.native();
    const secret = opened.refreshToken.slice(-40);
    const text = JSON.stringify(await house.events());
    expect(text).not.toContain(secret);
    expect(text).not.toContain('203.0.113.7');
  });

  test.each([
    ['a tenant that is not the application’s', { tenant: uuidv7() }],
    ['an application of the server type', { clientId: 'bank-server' }],
    ['an assurance we do not know', { acr: 'urn:strongest' }],
    ['a subject that is no UUID', { subject: 'alice' }],
  ])('is refused for %s', async (_, changes) => {
    await expect(house.establish(changes)).rejects.toMatchObject({ code: 'request_invalid' });
  });

  test('R28 · is established for verification alone; anyone else is refused and recorded', async () => {
    const others = ['gateway', 'enrollment', 'audit'] as const;
    for (const from of others) {
      await expect(house.as(from).establish(house.proof(), house.call())).rejects.toMatchObject({
        code: 'call_refused',
      });
    }
    // Each is recorded after its answer: not always in the order of the answers.
    await house.until(async () => {
      const refused = (await house.events()).filter(({ type }) => type === 'call.refused');
      return others.every((from) => refused.some(({ facts }) => facts['caller'] === from));
    });
  });

  test('BCB-16.issuer · each tenant has its issuer and keys; a token of one is unknown to the other', async () => {
    const other = await house.tenant(described('rival'));
    const ours = await house.as('gateway').issuer({ tenant: 'bank' }, house.call());
    const theirs = await house.as('gateway').issuer({ tenant: 'rival' }, house.call());
    expect(theirs.issuer).toBe(`${PUBLIC_URL}/v1/t/rival`);
    expect(kidsOf(ours.jwks).filter((kid) => kidsOf(theirs.jwks).includes(kid))).toEqual([]);
    const { accessToken } = await house.native({ tenant: other.tenant, clientId: 'rival-app' });
    expect(claimsOf(accessToken)['iss']).toBe(theirs.issuer);
    expect(await house.introspect(accessToken)).toEqual(await house.introspect('nonsense'));
    const [head, , mark] = accessToken.split('.') as [string, string, string];
    const forged = { ...claimsOf(accessToken), iss: ours.issuer, aud: 'urn:countersign:bank' };
    const moved = `${head}.${Buffer.from(JSON.stringify(forged)).toString('base64url')}.${mark}`;
    await expect(house.check({ bearer: moved })).rejects.toMatchObject({ code: 'token_invalid' });
  });
});

const kidsOf = (jwks: string): string[] => (JSON.parse(jwks) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
