import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CountersignError } from '@countersign/kernel';
import { JwksCache, verifyJws, type Jwks } from '../src/index.js';
import { isRawEs256 } from '../src/tokens/raw-signature.js';

const FOLDER = resolve(process.cwd(), '../shared/vectors/wycheproof');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as T;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

type Verdict = 'valid' | 'invalid';
interface SignatureFile {
  testGroups: { publicKeyPem: string; tests: { tcId: number; msg: string; sig: string; result: Verdict }[] }[];
}

interface Jwk {
  kty?: string;
  crv?: string;
  kid?: string;
  x?: string;
  y?: string;
}
interface JoseFile {
  testGroups: {
    public?: Jwk & { keys?: Jwk[] };
    private?: Jwk & { keys?: Jwk[] };
    /** A few are JSON serialisations, which are given as the text they are. */
    tests: { tcId: number; jws: unknown; result: Verdict }[];
  }[];
}

const isP256 = ({ kty, crv }: Jwk): boolean => kty === 'EC' && crv === 'P-256';
/** What is published of a key: the vectors give private members too. */
const published = ({ kty, crv, kid, x, y, ...rest }: Jwk): Jwk => ({
  ...rest,
  kty: kty ?? '',
  crv: crv ?? '',
  kid: kid ?? '',
  x: x ?? '',
  y: y ?? '',
});

/** Why a token was refused; the vectors’ payloads are no claims, so nothing is ever accepted. */
async function refusalOf(jws: string, keys: Jwk[]): Promise<string> {
  const cache = new JwksCache(() => Promise.resolve({ keys: keys.map(published) } as unknown as Jwks));
  try {
    await verifyJws(jws, {
      typ: [undefined, 'JWT'],
      keyOf: (kid) => cache.key(kid),
      issuer: 'https://issuer.example',
      audience: 'nobody',
      now: new Date(),
    });
    return 'accepted';
  } catch (error) {
    return error instanceof CountersignError ? String(error.internal) : `thrown: ${String(error)}`;
  }
}

/** A set with a key off the curve is refused as a whole. */
const NO_KEY = /Invalid JWK EC key$/;
const BEFORE_PAYLOAD = /^(payload|iss|aud|exp|iat|nbf)/;

function jose(name: string): void {
  test(`Wycheproof ${name} · R24 · only a good ES256 signature is read beyond its signature`, async () => {
    const { testGroups } = read<JoseFile>(name);
    const wrong: string[] = [];
    let [read256, refused] = [0, 0];
    for (const { public: open, private: closed, tests } of testGroups) {
      const set = open ?? closed ?? {};
      const keys = set.keys ?? [set];
      for (const { tcId, jws, result } of tests) {
        const reason = await refusalOf(typeof jws === 'string' ? jws : JSON.stringify(jws ?? ''), keys);
        const passed = BEFORE_PAYLOAD.test(reason);
        if (passed) read256 += 1;
        else refused += 1;
        const mayPass = result === 'valid' && keys.some(isP256);
        if (reason === 'accepted' || (reason.startsWith('thrown: ') && !NO_KEY.test(reason)) || (passed && !mayPass))
          wrong.push(`${tcId}: ${reason}`);
      }
    }
    say(`${name}: ${read256} signatures of ours verified, ${refused} tokens refused before (other algorithms, or bad)`);
    expect(refused).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
}

function raw(): void {
  test('Wycheproof ecdsa_secp256r1_sha256_p1363 · R24 · every signature as JOSE writes it is judged right', () => {
    const { testGroups } = read<SignatureFile>('ecdsa_secp256r1_sha256_p1363_test.json');
    const judged = testGroups.flatMap(({ publicKeyPem, tests }) => {
      const key = createPublicKey(publicKeyPem);
      return tests.map(({ tcId, msg, sig, result }) => ({
        tcId,
        right: isRawEs256(key, Buffer.from(msg, 'hex'), Buffer.from(sig, 'hex')) === (result === 'valid'),
      }));
    });
    say(`ecdsa_secp256r1_sha256_p1363_test.json: ${judged.length} signatures judged`);
    expect(judged.length).toBeGreaterThan(200);
    expect(judged.filter(({ right }) => !right)).toEqual([]);
  });
}

if (existsSync(FOLDER)) {
  describe('JOSE', () => {
    raw();
    for (const name of ['json_web_signature_test.json', 'json_web_key_test.json', 'json_web_crypto_test.json'])
      jose(name);
  });
} else {
  say('The public vectors did not run: there is no ../shared/vectors here.');
  test('vectors absent', () => {
    expect(existsSync(FOLDER)).toBe(false);
  });
}
