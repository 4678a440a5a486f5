import { createHash, generateKeyPairSync, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { session as contract, type common } from '@countersign/contracts';
import { sha256, toBase64Url, unixSeconds, utf8, uuidv7 } from '@countersign/kernel';
import { parsePolicy, type TenantSnapshot } from '@countersign/policy';
import fc from 'fast-check';
import { JoseProofKeys } from '../crypto/jose-proof-keys.js';
import type { ProofStore, ProofToSpend, ProofVerdict } from '../ports.js';
import { Proofs, type Demand } from './proofs.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const SECOND = unixSeconds(NOW);
const PUBLIC_URL = 'https://auth.example';
const TOKEN = 'the.access.token';
const METHODS = contract.SessionServiceService;

/** Spends as the database does, in memory. */
class MemoryProofs implements ProofStore {
  readonly spent: ProofToSpend[] = [];
  verdict: ProofVerdict | undefined;

  spend(_tenant: string, proof: ProofToSpend): Promise<{ verdict: ProofVerdict; nonce: string }> {
    const known = this.spent.some(({ spent }) => Buffer.from(spent).equals(proof.spent));
    if (!known) this.spent.push(proof);
    return Promise.resolve({ verdict: this.verdict ?? (known ? 'spent before' : 'spent now'), nonce: 'the-nonce' });
  }
}

interface Holder {
  alg: string;
  privateKey: KeyObject;
  jwk: Record<string, unknown>;
  how: Omit<SignKeyObjectInput, 'key'>;
  hash: string | null;
}

const holder = (
  alg: string,
  pair: { privateKey: KeyObject; publicKey: KeyObject },
  hash: string | null,
  how = {},
): Holder => ({
  alg,
  privateKey: pair.privateKey,
  jwk: pair.publicKey.export({ format: 'jwk' }) as Record<string, unknown>,
  how,
  hash,
});

const P1363 = { dsaEncoding: 'ieee-p1363' as const };
const p256 = holder('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha256', P1363);
const p384 = holder('ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'sha384', P1363);
const ed25519 = holder('EdDSA', generateKeyPairSync('ed25519'), null);
const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsa = holder('PS256', rsaPair, 'sha256', { padding: 6, saltLength: 32 });
const rs256 = holder('RS256', rsaPair, 'sha256');

const part = (value: unknown): string => toBase64Url(utf8(typeof value === 'string' ? value : JSON.stringify(value)));

const CLAIMS = {
  jti: 'j-1',
  htm: 'GET',
  htu: `${PUBLIC_URL}/v1/auth/sessions`,
  iat: SECOND,
  ath: toBase64Url(sha256(TOKEN)),
};

function made({ header = {}, claims = {}, by = p256 }: { header?: object; claims?: object; by?: Holder } = {}): string {
  const input = `${part({ typ: 'dpop+jwt', alg: by.alg, jwk: by.jwk, ...header })}.${part({ ...CLAIMS, ...claims })}`;
  return `${input}.${toBase64Url(sign(by.hash, utf8(input), { key: by.privateKey, ...by.how }))}`;
}

/** RFC 7638 by hand: the required members in alphabetical order. */
const thumbprint = ({ crv, kty, x, y }: Record<string, unknown>): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');

const snapshot = { tenant: uuidv7(), policy: parsePolicy({}) } as TenantSnapshot;
const REQUEST = { method: 'GET', path: '/v1/auth/sessions' };
const DEMAND: Demand = { snapshot, rpc: METHODS.listSessions.path, token: TOKEN, boundTo: thumbprint(p256.jwk) };

const proofs = (store: ProofStore = new MemoryProofs()): Proofs =>
  new Proofs(new JoseProofKeys(), store, PUBLIC_URL, { now: () => NOW });

async function codeOf(
  proof: string,
  demand: Partial<Demand> = {},
  request: Partial<common.DpopProof> = {},
): Promise<string> {
  const verdict = await proofs().verify({ proof, ...REQUEST, ...request }, { ...DEMAND, ...demand });
  return verdict.ok ? 'accepted' : verdict.code;
}

describe('a proof of possession', () => {
  test.each([p256, p384, ed25519, rsa])('R24 · of $alg is accepted and names its key', async (by) => {
    const verdict = await proofs().verify({ proof: made({ by }), ...REQUEST }, { ...DEMAND, boundTo: undefined });
    expect(verdict).toMatchObject({ ok: true, jkt: expect.stringMatching(/^[\w-]{43}$/), nonce: 'the-nonce' });
    if (by === p256) expect(verdict).toMatchObject({ jkt: thumbprint(p256.jwk) });
  });

  test('R24 · RFC 9449 §7.1 · none at all is refused', async () => {
    const verdict = await proofs().verify(undefined, DEMAND);
    expect(verdict).toMatchObject({ ok: false, code: 'dpop_proof_missing', clause: 'RFC 9449 §7.1' });
    expect(await codeOf('')).toBe('dpop_proof_missing');
  });

  test.each([
    ['two headers joined', `${made()}, ${made()}`],
    ['four parts', `${made()}.x`],
    ['two parts', made().split('.').slice(0, 2).join('.')],
    ['padding', `${made()}=`],
    ['a header that is a list', `${part([])}.${part(CLAIMS)}.AAAA`],
    ['claims that are no JSON', `${part({})}.${part('{')}.AAAA`],
    ['more than 4096 characters', made({ claims: { more: 'x'.repeat(4096) } })],
    ['no jti', made({ claims: { jti: undefined } })],
    ['an empty jti', made({ claims: { jti: '' } })],
    ['a jti without measure', made({ claims: { jti: 'x'.repeat(256) } })],
    ['no htm', made({ claims: { htm: undefined } })],
    ['no htu', made({ claims: { htu: undefined } })],
    ['no iat', made({ claims: { iat: undefined } })],
    ['a text as iat', made({ claims: { iat: String(SECOND) } })],
    ['a number as ath', made({ claims: { ath: 7 } })],
    ['a number as nonce', made({ claims: { nonce: 7 } })],
    ['crit', made({ header: { crit: ['exp'] } })],
    ['jku', made({ header: { jku: 'https://evil.example' } })],
    ['x5u', made({ header: { x5u: 'https://evil.example' } })],
    ['x5c', made({ header: { x5c: [] } })],
    ['b64', made({ header: { b64: false } })],
    ['zip', made({ header: { zip: 'DEF' } })],
    ['enc', made({ header: { enc: 'A128GCM' } })],
  ])('R24 · RFC 9449 §4.3 items 1-3 · with %s cannot be read', async (_, proof) => {
    expect(await codeOf(proof)).toBe('dpop_proof_malformed');
  });

  test.each(['JWT', 'at+jwt', 'DPOP+JWT', 'application/dpop+jwt', undefined, 7])(
    'R24 · RFC 9449 §4.3 item 4 · of the class %s is refused',
    async (typ) => expect(await codeOf(made({ header: { typ } }))).toBe('dpop_type_refused'),
  );

  test.each(['none', 'None', 'HS256', 'es256', 'RS256', 'ES512', 'PS384', '__proto__', undefined, ['ES256']])(
    'R24 · RFC 9449 §4.3 item 5 · signed with %s is refused',
    async (alg) => expect(await codeOf(made({ header: { alg } }))).toBe('dpop_algorithm_refused'),
  );

  test('R24 · RFC 9449 §4.3 item 5 · RSA with PKCS#1 padding is refused though its signature is right', async () => {
    expect(await codeOf(made({ by: rs256 }), { boundTo: undefined })).toBe('dpop_algorithm_refused');
  });

  const secret = p256.privateKey.export({ format: 'jwk' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
  test.each([
    ['no key', undefined],
    ['a list', [p256.jwk]],
    ['a text', 'key'],
    ['the private key', secret],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['a key of another curve', p384.jwk],
    ['a point said to lie on another curve', { ...p256.jwk, crv: 'secp256k1' }],
    ['a point said to be of another type', { ...p256.jwk, kty: 'OKP' }],
    ['a key of another type', ed25519.jwk],
    ['half a point', { ...p256.jwk, y: undefined }],
    ['a longer coordinate', { ...p256.jwk, x: `AAAA${String(p256.jwk.x)}` }],
    ['a padded coordinate', { ...p256.jwk, x: `${String(p256.jwk.x)}=` }],
  ])('R24 · RFC 9449 §4.3 item 7 · with %s is refused', async (_, jwk) => {
    expect(await codeOf(made({ header: { jwk } }))).toBe('dpop_key_refused');
  });

  test.each(['p', 'q', 'dp', 'dq', 'qi', 'oth', 'd', 'k'])(
    'R24 · RFC 9449 §4.3 item 7 · with the private member %s is refused',
    async (member) =>
      expect(await codeOf(made({ by: rsa, header: { jwk: { ...rsa.jwk, [member]: 'AAAA' } } }))).toBe(
        'dpop_key_refused',
      ),
  );

  test.each([
    ['of 1024 bits', weak],
    ['with another exponent', { ...rsa.jwk, e: 'Aw' }],
    ['of 4104 bits', { ...rsa.jwk, n: toBase64Url(new Uint8Array(513).fill(0xff)) }],
    ['with a leading zero', { ...rsa.jwk, n: toBase64Url(new Uint8Array(257).fill(0)) }],
    ['of 2041 bits', { ...rsa.jwk, n: toBase64Url(Uint8Array.of(1, ...new Uint8Array(255))) }],
  ])('R24 · RFC 9449 §4.3 item 7 · an RSA key %s is refused', async (_, jwk) => {
    expect(await codeOf(made({ by: rsa, header: { jwk } }))).toBe('dpop_key_refused');
  });

  test('R24 · RFC 9449 §4.3 item 6 · signed by another key, or with a point off its curve, is refused', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    expect(await codeOf(made({ header: { jwk: other } }))).toBe('dpop_signature_invalid');
    const off = { ...p256.jwk, y: toBase64Url(new Uint8Array(32)) };
    expect(await codeOf(made({ header: { jwk: off } }))).toBe('dpop_signature_invalid');
    const [head, payload] = made().split('.');
    const der = toBase64Url(sign('sha256', utf8(`${head}.${payload}`), p256.privateKey));
    expect(await codeOf(`${head}.${payload}.${der}`)).toBe('dpop_signature_invalid');
  });

  test.each(['get', 'POST', 'GET ', 'HEAD'])('R24 · RFC 9449 §4.3 item 8 · for the method %s is refused', async (htm) =>
    expect(await codeOf(made({ claims: { htm } }))).toBe('dpop_method_mismatch'),
  );

  test.each([
    `${PUBLIC_URL}/v1/auth/sessions/`,
    `${PUBLIC_URL}/v1/auth/session`,
    `${PUBLIC_URL}/v1/AUTH/sessions`,
    `${PUBLIC_URL}:8443/v1/auth/sessions`,
    'http://auth.example/v1/auth/sessions',
    'https://auth.example.evil/v1/auth/sessions',
    'https://auth.example@evil.example/v1/auth/sessions',
    'https://user@auth.example/v1/auth/sessions',
    'https://:pw@auth.example/v1/auth/sessions',
    'https:\\\\auth.example\\v1\\auth\\sessions',
    ' https://auth.example/v1/auth/sessions',
    'https:auth.example/v1/auth/sessions',
    '/v1/auth/sessions',
    'javascript:alert(1)',
  ])('R24 · RFC 9449 §4.3 item 9 · for the address %s is refused', async (htu) => {
    expect(await codeOf(made({ claims: { htu } }))).toBe('dpop_url_mismatch');
  });

  test.each([
    'HTTPS://AUTH.example/v1/auth/sessions',
    `${PUBLIC_URL}:443/v1/auth/sessions`,
    `${PUBLIC_URL}/v1/auth/./sessions`,
    `${PUBLIC_URL}/v1/auth/sessions?x=1#y`,
  ])('R24 · RFC 9449 §4.3 item 9 · for the address %s is accepted: it is the same', async (htu) => {
    expect(await codeOf(made({ claims: { htu } }))).toBe('accepted');
  });

  test('R24 · a proof pays for calls of its own route only, whatever the gateway says', async () => {
    const claims = { htu: `${PUBLIC_URL}/v1/auth/sessions/01936b1d-02aa-7c1e-8f6b-0d9a4c3e2b11`, htm: 'DELETE' };
    const request = { method: 'DELETE', path: '/v1/auth/sessions/01936b1d-02aa-7c1e-8f6b-0d9a4c3e2b11' };
    expect(await codeOf(made({ claims }), { rpc: METHODS.endSession.path }, request)).toBe('accepted');
    for (const rpc of [METHODS.signOutAll.path, METHODS.listSessions.path, '/countersign.x.v1.X/Y', 'nonsense'])
      expect(await codeOf(made({ claims }), { rpc }, request)).toBe('dpop_url_mismatch');
    const other = { htu: `${PUBLIC_URL}/v1/elsewhere` };
    expect(await codeOf(made({ claims: other }), {}, { path: '/v1/elsewhere' })).toBe('dpop_url_mismatch');
  });

  test('HEAD is for the routes of GET, and says so itself', async () => {
    expect(await codeOf(made({ claims: { htm: 'HEAD' } }), {}, { method: 'HEAD' })).toBe('accepted');
  });

  test.each([
    [-61, 'dpop_time_refused'],
    [-60, 'accepted'],
    [5, 'accepted'],
    [6, 'dpop_time_refused'],
    [1e300, 'dpop_time_refused'],
  ])('R24 · RFC 9449 §4.3 item 11 · made %d s from now: %s', async (distance, code) => {
    expect(await codeOf(made({ claims: { iat: SECOND + distance } }))).toBe(code);
  });

  test('R24 · RFC 9449 §4.3 item 12 · for another token or for none is refused with a token', async () => {
    expect(await codeOf(made({ claims: { ath: undefined } }))).toBe('dpop_token_mismatch');
    expect(await codeOf(made(), { token: 'another.access.token' })).toBe('dpop_token_mismatch');
    expect(await codeOf(made({ claims: { ath: undefined } }), { token: undefined as never })).toBe('accepted');
  });

  test('R24 · RFC 9449 §4.3 item 12 · by another key than the token’s is refused', async () => {
    expect(await codeOf(made({ by: p384 }))).toBe('dpop_key_mismatch');
    expect(await codeOf(made({ by: ed25519 }), { boundTo: '' })).toBe('dpop_key_mismatch');
  });

  test('R24 · RFC 9449 §11.1 · is good once for each call of its route', async () => {
    const store = new MemoryProofs();
    const tested = proofs(store);
    const spend = async (proof: string, rpc = DEMAND.rpc) => {
      const verdict = await tested.verify({ proof, ...REQUEST }, { ...DEMAND, rpc, boundTo: undefined });
      return verdict.ok ? 'accepted' : verdict.code;
    };
    const proof = made();
    expect([await spend(proof), await spend(proof)]).toEqual(['accepted', 'dpop_replayed']);
    expect(await spend(made({ claims: { iat: SECOND - 1 } }))).toBe('dpop_replayed');
    expect(await spend(made({ claims: { jti: 'j-2' } }))).toBe('accepted');
    expect(await spend(made({ by: p384 }))).toBe('accepted');
    expect(store.spent).toHaveLength(3);
  });

  test('nothing that is refused for itself reaches the store', async () => {
    const store = new MemoryProofs();
    const refused = [made({ claims: { htm: 'PUT' } }), made({ by: p384 }), made({ header: { alg: 'none' } })];
    for (const proof of refused) expect((await proofs(store).verify({ proof, ...REQUEST }, DEMAND)).ok).toBe(false);
    expect(store.spent).toEqual([]);
  });

  test('RFC 9449 §8 · a nonce that is lacking comes with the refusal; policy says whether one is needed', async () => {
    const store = new MemoryProofs();
    store.verdict = 'nonce';
    const strict = { ...snapshot, policy: parsePolicy({ dpop: { nonce: 'required' } }) };
    const verdict = await proofs(store).verify({ proof: made(), ...REQUEST }, { ...DEMAND, snapshot: strict });
    const lax = new MemoryProofs();
    await proofs(lax).verify({ proof: made(), ...REQUEST }, DEMAND);
    expect(lax.spent).toMatchObject([{ needsNonce: false }]);
    expect(verdict).toMatchObject({ code: 'dpop_nonce_required', clause: 'RFC 9449 §8', nonce: 'the-nonce' });
    expect(store.spent).toMatchObject([{ needsNonce: true, nonce: undefined, issuedAt: SECOND }]);
    store.verdict = 'time';
    const late = await proofs(store).verify({ proof: made(), ...REQUEST }, DEMAND);
    expect(late).toMatchObject({ code: 'dpop_time_refused' });
  });

  test('R24 · one changed character anywhere voids it', async () => {
    const proof = made();
    const places = fc.tuple(fc.nat(proof.length - 1), fc.constantFrom('A', 'b', '_', '-', '.', '=', ' ', 'é'));
    await fc.assert(
      fc.asyncProperty(places, async ([at, letter]) => {
        fc.pre(proof[at] !== letter);
        expect(await codeOf(proof.slice(0, at) + letter + proof.slice(at + 1))).toMatch(/^dpop_/);
      }),
      { numRuns: 300 },
    );
  });

  test('R24 · whatever the bytes, the answer is a refusal and never a crash', async () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.base64String(), { maxLength: 5 }).map((parts) => parts.join('.')),
      fc
        .tuple(json, json)
        .map(([header, claims]) => `${part(JSON.stringify(header))}.${part(JSON.stringify(claims))}.AA`),
      json.map((jwk) => made({ header: { jwk } })),
      fc.record({ kty: json, crv: json, x: json, y: json, n: json, e: json }).map((jwk) => made({ header: { jwk } })),
      fc.record({ jti: json, htm: json, htu: json, iat: json, ath: json }).map((claims) => made({ claims })),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (proof) => expect(await codeOf(proof)).toMatch(/^dpop_/)),
      { numRuns: 400 },
    );
  });
});
