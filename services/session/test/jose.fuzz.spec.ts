import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { session as contract } from '@countersign/contracts';
import { isRefusal, uuidv7 } from '@countersign/kernel';
import { verifyJws } from '@countersign/keys';
import { parsePolicy, type TenantSnapshot } from '@countersign/policy';
import fc from 'fast-check';
import { Proofs, type Demand } from '../src/application/proofs.js';
import { JoseProofKeys } from '../src/crypto/jose-proof-keys.js';
import { readClaims } from '../src/domain/access-token.js';
import { readAssertion } from '../src/domain/client-assertion.js';

/** The sample always makes the same choices, a long run its own; fast-check tells the seed of what fails. */
const RUNS = process.env['ROUNDS']
  ? { numRuns: Number(process.env['ROUNDS']) }
  : { numRuns: 200, seed: 1, endOnFailure: true };

const NOW = new Date('2026-11-22T12:00:00Z');
const SECOND = NOW.getTime() / 1000;
const URL_OF = 'https://auth.example/v1/auth/sessions';
const TOKEN = 'the.access.token';
const ATH = createHash('sha256').update(TOKEN).digest('base64url');

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
const JWK = { crv, kty, x, y };
const JKT = createHash('sha256').update(JSON.stringify(JWK)).digest('base64url');

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A compact JWS whose signature is right, whatever it says. */
function signed(header: object, claims: object): string {
  const input = `${part(header)}.${part(claims)}`;
  const mark = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${mark.toString('base64url')}`;
}

type Edit = [kind: 'replace' | 'insert' | 'remove' | 'double' | 'cut', at: number, length: number, text: string];
const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.tuple(
    fc.constantFrom<Edit[0]>('replace', 'insert', 'remove', 'double', 'cut'),
    fc.nat(),
    fc.integer({ min: 1, max: 6 }),
    fc.oneof(fc.constantFrom('.', '=', 'A', '-', '_', ' ', ', ', '\n', '\0', 'é'), fc.base64String({ maxLength: 6 })),
  ),
  { minLength: 1, maxLength: 4 },
);

function edited(text: string, [kind, place, length, put]: Edit): string {
  const at = place % (text.length + 1);
  const [head, body, tail] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
  return {
    replace: head + put + tail,
    insert: head + put + body + tail,
    remove: head + tail,
    double: head + body + body + tail,
    cut: head,
  }[kind];
}
/** A good text spoilt one to four times; now and then the spoiling undoes itself, which is nobody's concern. */
const spoilt = (good: string): fc.Arbitrary<string> =>
  edits.map((list) => list.reduce(edited, good)).filter((text) => text !== good);

/** An object with some members replaced by anything or left out, and some that nobody asked for. */
const bent = (good: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .record({
      own: fc.dictionary(fc.constantFrom(...Object.keys(good)), fc.option(fc.jsonValue({ maxDepth: 2 })), {
        maxKeys: 2,
      }),
      more: fc.dictionary(
        fc.constantFrom('crit', 'jku', 'x5c', 'b64', 'kid', 'nonce', '__proto__', 'd'),
        fc.jsonValue({ maxDepth: 1 }),
        { maxKeys: 1 },
      ),
      without: fc.subarray(Object.keys(good), { maxLength: 1 }),
    })
    .map(({ own, more, without }) =>
      Object.fromEntries(Object.entries({ ...good, ...own, ...more }).filter(([name]) => !without.includes(name))),
    );

describe('a proof of possession under spoilt input', () => {
  const keys = new JoseProofKeys();
  const store = { spend: () => Promise.resolve({ verdict: 'spent now' as const, nonce: '' }) };
  const proofs = new Proofs(keys, store, 'https://auth.example', { now: () => NOW });
  const snapshot = { tenant: uuidv7(), policy: parsePolicy({}) } as TenantSnapshot;
  const demand: Demand = {
    snapshot,
    rpc: contract.SessionServiceService.listSessions.path,
    token: TOKEN,
    boundTo: JKT,
  };
  const HEADER = { typ: 'dpop+jwt', alg: 'ES256', jwk: JWK };
  const CLAIMS = { jti: 'j', htm: 'GET', htu: URL_OF, iat: SECOND, ath: ATH };

  async function codeOf(proof: string): Promise<string> {
    const verdict = await proofs.verify({ proof, method: 'GET', path: '/v1/auth/sessions' }, demand);
    return verdict.ok ? 'accepted' : verdict.code;
  }

  test('R24 · RFC 9449 §4.3 · no text but the one that was signed is accepted, and each is answered by a refusal', async () => {
    const good = signed(HEADER, CLAIMS);
    expect(await codeOf(good)).toBe('accepted');
    await fc.assert(
      fc.asyncProperty(spoilt(good), async (text) => expect(await codeOf(text)).toMatch(/^dpop_/)),
      RUNS,
    );
  });

  test('R24 · RFC 9449 §4.3 · of what the key itself signed, only what says all that is asked', async () => {
    const both = fc.tuple(bent(HEADER), bent(CLAIMS), bent(JWK), fc.boolean());
    await fc.assert(
      fc.asyncProperty(both, async ([header, claims, jwk, isKeyBent]) => {
        const sent = isKeyBent ? { ...header, jwk } : header;
        const code = await codeOf(signed(sent, claims));
        if (code !== 'accepted') return expect(code).toMatch(/^dpop_/);
        const { jti, iat, ...rest } = claims;
        expect(sent).toMatchObject(HEADER);
        expect(rest).toMatchObject({ htm: 'GET', htu: URL_OF, ath: ATH });
        expect([typeof jti, Math.abs(Number(iat) - SECOND) <= 60]).toEqual(['string', true]);
        for (const name of ['crit', 'jku', 'x5c', 'b64']) expect(sent).not.toHaveProperty(name);
      }),
      RUNS,
    );
  });
});

describe('what clients and tokens say under spoilt input', () => {
  const expected = { clientId: 'server', audiences: ['https://as.example'], keys: [{ ...JWK, kid: 'k' }], now: NOW };
  const CLAIMS = { iss: 'server', sub: 'server', aud: 'https://as.example', jti: 'j', exp: SECOND + 300, iat: SECOND };

  test('RFC 7523 §3 · no assertion is taken but the one that was signed, and none crashes', () => {
    const good = signed({ alg: 'ES256', kid: 'k' }, CLAIMS);
    expect(readAssertion(good, expected)).toBeDefined();
    fc.assert(
      fc.property(spoilt(good), (text) => expect(readAssertion(text, expected)).toBeUndefined()),
      RUNS,
    );
  });

  test('RFC 7523 §3 · of what the client itself signed, only what says all that is asked', () => {
    fc.assert(
      fc.property(bent({ alg: 'ES256', kid: 'k' }), bent(CLAIMS), (header, claims) => {
        if (!readAssertion(signed(header, claims), expected)) return;
        const { iss, sub, aud } = CLAIMS;
        expect(claims).toMatchObject({ iss, sub, aud, jti: expect.stringMatching(/./) });
        expect([header['alg'], Number(claims['exp']) > SECOND, Number(claims['exp']) <= SECOND + 300]).toEqual([
          'ES256',
          true,
          true,
        ]);
      }),
      RUNS,
    );
  });

  test('RFC 8725 · no token is taken but the one that was signed, and of what its key signed only what says all', async () => {
    const header = { alg: 'ES256', kid: 'k', typ: 'at+jwt' };
    const claims = { iss: 'https://as.example', aud: 'bank', iat: SECOND, exp: SECOND + 300, sub: 's' };
    const { iss: issuer, aud: audience } = claims;
    const keyOf = (kid: string) => (kid === 'k' ? publicKey : undefined);
    const codeOf = (token: string) =>
      verifyJws(token, { typ: 'at+jwt', keyOf, issuer, audience, now: NOW }).then(
        () => 'accepted',
        (error: unknown) => (isRefusal(error) ? error.code : String(error)),
      );
    const good = signed(header, claims);
    expect(await codeOf(good)).toBe('accepted');
    await fc.assert(
      fc.asyncProperty(spoilt(good), async (token) => expect(await codeOf(token)).toMatch(/^token_/)),
      RUNS,
    );
    await fc.assert(
      fc.asyncProperty(bent(header), bent(claims), async (head, body) => {
        const code = await codeOf(signed(head, body));
        if (code !== 'accepted') return expect(code).toMatch(/^token_(refused|expired)$/);
        expect(head).toMatchObject(header);
        expect([body['iss'], [body['aud']].flat().includes(audience)]).toEqual([issuer, true]);
        expect([Number(body['iat']) <= SECOND + 5, Number(body['exp']) > SECOND]).toEqual([true, true]);
        for (const name of ['crit', 'jku', 'x5c', 'b64']) expect(head).not.toHaveProperty(name);
      }),
      RUNS,
    );
  });

  test('RFC 9068 §2.2 · claims of a token are ours entirely or not at all', () => {
    const [sub, sid] = [uuidv7(), uuidv7()];
    const good = { client_id: 'web', jti: 'j', sub, sid, acr: 'phr', amr: ['hwk'], auth_time: 1, cnf: { jkt: JKT } };
    expect(readClaims(good)).toMatchObject({ kind: 'person', jkt: JKT });
    fc.assert(
      fc.property(bent(good), (claims) => {
        const read = readClaims(claims);
        if (!read) return;
        expect(claims).toMatchObject({ client_id: read.clientId, jti: read.jti });
        // A token that is bound never reads as one that is not.
        expect(read.jkt).toBe((claims['cnf'] as { jkt: string } | undefined)?.jkt);
        if (read.kind === 'person')
          expect(claims).toMatchObject({ sub: read.subject, sid: read.session, acr: read.acr });
      }),
      RUNS,
    );
  });
});
