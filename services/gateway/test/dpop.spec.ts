import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { refuse, type Code } from '@countersign/kernel';
import { House, NATIVE, ORIGIN, WEB } from './fakes/house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
beforeEach(() => {
  house.session.refuses = undefined;
  house.session.nonce = '';
  house.session.checks.length = 0;
});
afterAll(() => house.stop());

const ALGS = 'algs="ES256 ES384 EdDSA PS256"';

const dpop = (proof?: string | string[]): Record<string, string | string[]> => {
  const { secret } = house.session.person(house.bank.tenant, NATIVE);
  return { authorization: `DPoP ${secret}`, ...(proof !== undefined && { dpop: proof }) };
};

describe('a proof of possession at the edge', () => {
  test('R24 · travels to session as it stood, with method and path of the request and nothing of its query', async () => {
    const answer = await house.send('/v1/auth/activity?limit=5', { headers: dpop('a.b.c') });
    expect(answer.status).toBe(200);
    expect(house.session.checks[0]).toMatchObject({
      presented: { $case: 'dpop' },
      proof: { proof: 'a.b.c', method: 'GET', path: '/v1/auth/activity' },
    });
  });

  test('R24 · RFC 9449 §4.3 item 1 · two headers stay two, so that they are no proof', async () => {
    await house.send('/v1/auth/sessions', { headers: dpop(['a.b.c', 'd.e.f']) });
    expect(house.session.checks[0]!.proof?.proof).toBe('a.b.c, d.e.f');
  });

  test('RFC 9110 §11.1 · the scheme’s letter case makes no difference; without a header there is no proof', async () => {
    const { authorization } = dpop();
    await house.send('/v1/auth/sessions', {
      headers: { authorization: String(authorization).replace('DPoP', 'dpop') },
    });
    expect(house.session.checks[0]).toMatchObject({ presented: { $case: 'dpop' } });
    expect(house.session.checks[0]!.proof).toBeUndefined();
  });

  test.each(['DPoP', 'DPoP ', 'DPoP a b', 'DPoP a,b', 'DPoPx abc', 'Bearer a, DPoP b'])(
    'what is no one token is refused: %s',
    async (authorization) => {
      const { status, json } = await house.send('/v1/auth/sessions', { headers: { authorization } });
      expect([status, json.code]).toEqual([400, 'credentials_malformed']);
    },
  );

  test.each<[Code, string]>([
    ['dpop_proof_missing', `DPoP error="invalid_dpop_proof", ${ALGS}`],
    ['dpop_key_mismatch', `DPoP error="invalid_dpop_proof", ${ALGS}`],
    ['dpop_replayed', `DPoP error="invalid_dpop_proof", ${ALGS}`],
    ['dpop_nonce_required', `DPoP error="use_dpop_nonce", ${ALGS}`],
    ['dpop_scheme_mismatch', `DPoP error="invalid_token", ${ALGS}`],
    ['token_invalid', `DPoP error="invalid_token", ${ALGS}`],
    ['session_ended', `DPoP error="invalid_token", ${ALGS}`],
    ['scope_missing', `DPoP error="insufficient_scope", ${ALGS}`],
  ])('R24 · RFC 9449 §7.1 · %s is answered with the challenge %s', async (code, challenge) => {
    house.session.refuses = refuse(code);
    const answer = await house.send('/v1/auth/sessions', { headers: dpop('a.b.c') });
    expect(answer.status).toBe(code === 'scope_missing' ? 403 : 401);
    expect(answer.json.code).toBe(code);
    expect(answer.headers['www-authenticate']).toBe(challenge);
  });

  test('R24 · a bound token under Bearer is told the scheme it needs', async () => {
    house.session.refuses = refuse('dpop_scheme_mismatch');
    const { headers } = await house.send('/v1/auth/sessions', { headers: { authorization: 'Bearer abc' } });
    expect(headers['www-authenticate']).toBe(`DPoP error="invalid_token", ${ALGS}`);
  });

  test('RFC 9449 §7.1 · who presents nothing is told both schemes', async () => {
    const { headers } = await house.send('/v1/auth/sessions');
    expect(headers['www-authenticate']).toBe(`Bearer, DPoP ${ALGS}`);
  });

  test('RFC 9449 §8 · a nonce goes in its header, with success and with refusal, and never in the body', async () => {
    house.session.nonce = 'next-nonce';
    const good = await house.send('/v1/auth/sessions', { headers: dpop('a.b.c') });
    expect([good.status, good.headers['dpop-nonce']]).toEqual([200, 'next-nonce']);
    house.session.refuses = refuse('dpop_nonce_required', { dpopNonce: 'fresh-nonce' });
    const refused = await house.send('/v1/auth/sessions', { headers: dpop('a.b.c') });
    expect(refused.headers['dpop-nonce']).toBe('fresh-nonce');
    expect(refused.text).not.toContain('fresh-nonce');
  });

  test('RFC 9449 §5 · at the token endpoint a proof that is refused is a bad request, in OAuth’s words', async () => {
    const form = (more: string) => ({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'countersign-client': NATIVE, dpop: 'a.b.c' },
      body: `client_id=${NATIVE}&${more}`,
    });
    house.session.refuses = refuse('dpop_nonce_required', { dpopNonce: 'fresh-nonce' });
    for (const [path, more] of [
      ['/v1/oauth/token', 'grant_type=refresh_token&refresh_token=right'],
      ['/v1/oauth/token', 'grant_type=client_credentials&client_secret=right'],
      ['/v1/oauth/revoke', 'token=right'],
    ] as const) {
      const answer = await house.send(path, form(more));
      expect([answer.status, answer.json.error]).toEqual([400, 'use_dpop_nonce']);
      expect(answer.headers['dpop-nonce']).toBe('fresh-nonce');
    }
    house.session.refuses = refuse('dpop_signature_invalid');
    const { status, json } = await house.send('/v1/oauth/token', form('grant_type=refresh_token&refresh_token=right'));
    expect([status, json.error, json.code]).toEqual([400, 'invalid_dpop_proof', 'dpop_signature_invalid']);
    house.session.refuses = undefined;
    house.session.nonce = 'next-nonce';
    const { json: tokens, headers } = await house.send(
      '/v1/oauth/token',
      form('grant_type=refresh_token&refresh_token=right'),
    );
    expect([tokens.token_type, headers['dpop-nonce']]).toEqual(['DPoP', 'next-nonce']);
  });

  test('CORS · a page of the application may send a proof and read the nonce; a stranger’s learns nothing', async () => {
    const asking = (origin: string) => ({
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'dpop' },
    });
    const own = await house.send('/v1/auth/session/token', asking(ORIGIN));
    expect(String(own.headers['access-control-allow-headers']).split(', ')).toContain('DPoP');
    const foreign = await house.send('/v1/auth/session/token', asking('https://evil.example'));
    expect(foreign.headers).not.toHaveProperty('access-control-allow-headers');
    const headers = { ...house.signedIn(WEB), dpop: 'a.b.c' };
    const answer = await house.send('/v1/auth/session', { headers });
    expect(String(answer.headers['access-control-expose-headers']).split(', ')).toContain('DPoP-Nonce');
  });

  test('RFC 8414 · discovery names the algorithms', async () => {
    const { json } = await house.send('/v1/t/bank/.well-known/openid-configuration');
    expect(json.dpop_signing_alg_values_supported).toEqual(['ES256', 'ES384', 'EdDSA', 'PS256']);
  });
});
