import { constants, createPublicKey, verify, webcrypto, type JsonWebKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importJWK, type CryptoKey } from 'jose';
import { publicKeyOf } from '../src/domain/dpop/public-key.js';

const FILE = resolve(process.cwd(), '../shared/vectors/wycheproof', 'rsa_pss_2048_sha256_mgf1_32_test.json');
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const bytes = (hex: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(hex, 'hex'));

interface Vector {
  tcId: number;
  msg: string;
  sig: string;
  result: 'valid' | 'invalid';
}
interface PssFile {
  numberOfTests: number;
  testGroups: { publicKeyJwk: Record<string, string>; tests: Vector[] }[];
}

type Verifier = (message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>) => boolean | Promise<boolean>;

/** As the PS256 of client assertions asks node:crypto; they sign `header.payload`, which no vector's message is. */
function asAssertion(jwk: Record<string, string>): Verifier {
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  return (message, signature) =>
    verify('sha256', message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
}

/** As jose judges the PS256 of DPoP proofs, with the key that our own rules for keys let through. */
async function asProof(jwk: Record<string, string>): Promise<Verifier> {
  const key = (await importJWK(publicKeyOf(jwk, 'PS256')!, 'PS256')) as CryptoKey;
  return (message, signature) => webcrypto.subtle.verify({ name: 'RSA-PSS', saltLength: 32 }, key, signature, message);
}

function pss(about: string, verifierOf: (jwk: Record<string, string>) => Verifier | Promise<Verifier>): void {
  test(`Wycheproof rsa_pss_2048_sha256_mgf1_32 · R24 · ${about}: every signature is judged right`, async () => {
    const { testGroups, numberOfTests } = JSON.parse(readFileSync(FILE, 'utf8')) as PssFile;
    const judged: (Vector & { accepted: boolean })[] = [];
    for (const { publicKeyJwk, tests } of testGroups) {
      const verifies = await verifierOf(publicKeyJwk);
      for (const vector of tests)
        judged.push({ ...vector, accepted: await verifies(bytes(vector.msg), bytes(vector.sig)) });
    }
    const accepted = judged.filter((vector) => vector.accepted).length;
    say(
      `rsa_pss_2048_sha256_mgf1_32_test.json, ${about}: ${accepted} accepted, ${judged.length - accepted} refused, 0 explained`,
    );
    expect(judged).toHaveLength(numberOfTests);
    expect(judged.filter((vector) => vector.accepted !== (vector.result === 'valid'))).toEqual([]);
  });
}

if (existsSync(FILE)) {
  describe('PS256', () => {
    pss('client assertions, node:crypto as they call it', asAssertion);
    pss('DPoP proofs, WebCrypto as jose calls it', asProof);
  });
} else {
  say('The public vectors did not run: there is no ../shared/vectors here.');
  test('vectors absent', () => {
    expect(existsSync(FILE)).toBe(false);
  });
}
