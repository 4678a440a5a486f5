import { describe, expect, test } from '@jest/globals';
import { CODES, refuse, type Code } from '@countersign/kernel';
import { oauthError } from './oauth-error.js';
import { problemOf, statusOf } from './problem.js';

const context = { publicUrl: 'https://login.bank.example', requestId: 'r' };

describe('problem documents', () => {
  test.each(Object.keys(CODES) as Code[])('RFC 9457 · %s', (code) => {
    const { status, body, headers } = problemOf(refuse(code, {}, 'only for the log'), context);
    expect(status).toBe(statusOf(code));
    expect(body).toMatchObject({
      type: `https://login.bank.example/docs/errors#${code}`,
      title: CODES[code].title,
      status,
      code,
      requestId: 'r',
    });
    expect(JSON.stringify(body)).not.toContain('only for the log');
    expect(headers['www-authenticate'] !== undefined).toBe(status === 401 || code === 'scope_missing');
    expect(headers['retry-after'] !== undefined).toBe(status === 429 || status === 503);
    expect(oauthError(refuse(code))).toMatch(/^[a-z_]+$/);
  });

  test('what is no refusal is internal, and its text is withheld', () => {
    const { status, body } = problemOf(new TypeError('select secret from vault'), context);
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(JSON.stringify(body)).not.toContain('vault');
  });

  test('RFC 9470 §3 · a step-up names what would be enough', () => {
    const refusal = refuse('step_up_required', { acrValues: 'phr', maxAge: 60, action: 'payee.add' });
    const { headers, body } = problemOf(refusal, { ...context, presented: 'Bearer' });
    expect(headers['www-authenticate']).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="phr", max_age="60"',
    );
    expect(body).toMatchObject({ acrValues: 'phr', maxAge: 60, action: 'payee.add' });
  });

  test('RFC 6750 §3 · a token that was presented is called invalid, an absent one is not', () => {
    expect(problemOf(refuse('token_invalid'), { ...context, presented: 'Bearer' }).headers['www-authenticate']).toBe(
      'Bearer error="invalid_token"',
    );
    expect(problemOf(refuse('credentials_missing'), context).headers['www-authenticate']).toBe(
      'Bearer, DPoP algs="ES256 ES384 EdDSA PS256"',
    );
  });

  test('no value breaks out of a header', () => {
    const refusal = refuse('step_up_required', { acrValues: 'phr", error="x"\r\nSet-Cookie: a=b' });
    expect(problemOf(refusal, context).headers['www-authenticate']).not.toMatch(/[\r\n]|error="x"/);
  });
});
