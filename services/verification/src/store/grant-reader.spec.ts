import { beforeAll, describe, expect, test } from '@jest/globals';
import { refuse, unixSeconds, uuidv7 } from '@countersign/kernel';
import { JwksCache, MemoryBacking, SoftwareKeyStore, TokenSigner, jwksOf } from '@countersign/keys';
import fc from 'fast-check';
import { GrantReader } from './grant-reader.js';

const TENANT = uuidv7();
const now = unixSeconds(new Date());
const CLAIMS = {
  iss: 'countersign-session',
  aud: `countersign:${TENANT}`,
  sub: uuidv7(),
  psn: 'p_x',
  sid: uuidv7(),
  cid: 'web',
  cred: uuidv7(),
  act: 'payee.add',
  ach: 'h',
  acr: 'phr',
  auth_time: now,
  jti: uuidv7(),
  iat: now,
  exp: now + 60,
};

let signer: TokenSigner;
let reader: GrantReader;

beforeAll(async () => {
  const keys = new SoftwareKeyStore('memory', new MemoryBacking());
  await keys.create('caller', 'sign');
  signer = new TokenSigner(keys, 'caller');
  reader = new GrantReader({ callerKeys: new JwksCache(() => jwksOf(keys, 'caller')) });
});

const read = async (changes: object = {}, typ = 'countersign-grant+jwt') =>
  reader.read(await signer.sign(typ, { ...CLAIMS, ...changes }), TENANT);

describe('BCB-3.grant · reading a grant', () => {
  test('one that session signed for this tenant', async () => {
    expect(await read()).toEqual({
      jti: CLAIMS.jti,
      subject: CLAIMS.sub,
      pseudonym: 'p_x',
      session: CLAIMS.sid,
      clientId: 'web',
      credential: CLAIMS.cred,
      action: { name: 'payee.add', hash: 'h' },
      acr: 'phr',
      authTime: now,
      expiresAt: now + 60,
    });
  });

  test.each<[string, object, string, string]>([
    ['another tenant', { aud: `countersign:${uuidv7()}` }, 'countersign-grant+jwt', 'aud'],
    ['another issuer', { iss: 'countersign-gateway' }, 'countersign-grant+jwt', 'iss'],
    ['a caller token', {}, 'txntoken+jwt', 'typ'],
    ['an access token', {}, 'at+jwt', 'typ'],
    ['a longer life', { exp: now + 61 }, 'countersign-grant+jwt', 'lifetime'],
    ['the past', { iat: now - 61, exp: now - 1 }, 'countersign-grant+jwt', 'expired'],
    ['the future', { iat: now + 30, exp: now + 60 }, 'countersign-grant+jwt', 'iat'],
    ['no session', { sid: undefined }, 'countersign-grant+jwt', 'form'],
    ['no application', { cid: undefined }, 'countersign-grant+jwt', 'form'],
    ['an id that is none', { jti: 'x' }, 'countersign-grant+jwt', 'form'],
  ])('of %s is none', async (_, changes, typ, refused) => {
    expect(await read(changes, typ)).toEqual({ refused });
  });

  test('any text is none, and nothing crashes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map((all) => all.join('.')),
        ),
        async (text) => {
          expect(await reader.read(text, TENANT)).toHaveProperty('refused');
        },
      ),
    );
  });

  test('session out of reach is not a forged grant', async () => {
    const down = new JwksCache(() => Promise.reject(refuse('unavailable')));
    const jws = await signer.sign('countersign-grant+jwt', CLAIMS);
    await expect(new GrantReader({ callerKeys: down }).read(jws, TENANT)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
