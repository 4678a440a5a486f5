import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { encodeCbor, type CborValue } from '@countersign/testing';
import { publicKeyOf, type PublicKey } from '../src/crypto/public-key.js';
import { isSignedBy } from '../src/crypto/signature.js';
import { LIMITS } from '../src/limits.js';
import { Malformed } from '../src/malformed.js';
import { parseCoseKey } from '../src/parse/cose-key.js';

const FOLDER = resolve(process.cwd(), '../shared/vectors/wycheproof');

interface WycheproofFile {
  testGroups: {
    publicKeyPem: string;
    tests: { tcId: number; flags: string[]; msg: string; sig: string; result: 'valid' | 'invalid' | 'acceptable' }[];
  }[];
}

const CURVES: Record<string, [kty: number, crv: number, size: number]> = {
  'P-256': [2, 1, 32],
  'P-384': [2, 2, 48],
  'P-521': [2, 3, 66],
  Ed25519: [1, 6, 32],
};

/** The key as an authenticator would write it, so that it goes through every rule of ours for keys. */
function coseOf(pem: string, algorithm: number): Uint8Array {
  const jwk = createPublicKey(pem).export({ format: 'jwk' }) as Record<string, string>;
  const bytes = (name: string): Buffer => Buffer.from(jwk[name] ?? '', 'base64url');
  const [kty, crv, size] = CURVES[jwk['crv'] ?? ''] ?? [3, 0, 0];
  const padded = (name: string): Uint8Array =>
    new Uint8Array(Buffer.concat([Buffer.alloc(size), bytes(name)]).subarray(-size));
  const parameters: [number, CborValue][] =
    kty === 3
      ? [
          [-1, new Uint8Array(bytes('n'))],
          [-2, new Uint8Array(bytes('e'))],
        ]
      : [[-1, crv], [-2, padded('x')], ...(kty === 2 ? [[-3, padded('y')] as [number, CborValue]] : [])];
  return encodeCbor(new Map<number, CborValue>([[1, kty], [3, algorithm], ...parameters]));
}

/** The key, or nothing where its exponent is too small for us; any other refusal is an error. */
function keyOf(pem: string, algorithm: number): PublicKey | undefined {
  try {
    return publicKeyOf(parseCoseKey(coseOf(pem, algorithm)));
  } catch (error) {
    if (error instanceof Malformed && error.facts?.['reason'] === 'exponent') return undefined;
    throw error;
  }
}

function wycheproof(name: string, algorithm: number, about: string): void {
  test(`Wycheproof ${name} · R13 · ${about}`, () => {
    const { testGroups } = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as WycheproofFile;
    const counts = { valid: 0, invalid: 0, acceptable: 0 };
    let refusedKeys = 0;
    const wrong: number[] = [];
    for (const { publicKeyPem, tests } of testGroups) {
      const key = keyOf(publicKeyPem, algorithm);
      // Exponent 3 is refused with the key: RFC 8230 leaves it open, FIPS 186-5 §5.4 asks for more than 2^16.
      if (!key) refusedKeys += tests.length;
      if (!key) continue;
      for (const { tcId, msg, sig, result } of tests) {
        const signature = Buffer.from(sig, 'hex');
        const verdict = signature.length <= LIMITS.signature && isSignedBy(key, Buffer.from(msg, 'hex'), signature);
        counts[result] += 1;
        // One is "acceptable": PKCS #1 padding without its NULL. RFC 8017 §9.2 asks for the NULL, so ours is a refusal.
        if (verdict !== (result === 'valid')) wrong.push(tcId);
      }
    }
    process.stdout.write(
      `${name}: ${counts.valid} valid, ${counts.invalid} invalid, ${counts.acceptable} acceptable, ${refusedKeys} by keys we refuse\n`,
    );
    expect(counts.valid).toBeGreaterThan(2);
    expect(counts.invalid).toBeGreaterThan(50);
    expect(algorithm === -257 || refusedKeys === 0).toBe(true);
    expect(wrong).toEqual([]);
  });
}

if (existsSync(FOLDER)) {
  describe('signatures by keys in COSE', () => {
    wycheproof('ecdsa_secp256r1_sha256_test.json', -7, 'ES256 in DER, and nothing but DER');
    wycheproof('ecdsa_secp384r1_sha384_test.json', -35, 'ES384 in DER, and nothing but DER');
    wycheproof('ecdsa_secp521r1_sha512_test.json', -36, 'ES512 in DER, and nothing but DER');
    wycheproof('ed25519_test.json', -8, 'Ed25519 with s below the order');
    wycheproof('rsa_signature_2048_sha256_test.json', -257, 'RS256 with its padding in full');
  });
} else {
  process.stdout.write('The public vectors did not run: there is no ../shared/vectors here.\n');
  test('vectors absent', () => {
    expect(existsSync(FOLDER)).toBe(false);
  });
}
