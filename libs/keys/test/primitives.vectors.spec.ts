import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type CipherGCMTypes,
} from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { equalBytes } from '@countersign/kernel';
import { open } from '../src/sealing/aead.js';

const FOLDER = resolve(process.cwd(), '../shared/vectors/wycheproof');
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

type Fields<Name extends string> = Record<Name, string>;
interface Vector {
  tcId: number;
  result: 'valid' | 'invalid';
}
type Aead = Vector & Fields<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag'>;
type Hkdf = Vector & Fields<'ikm' | 'salt' | 'info' | 'okm'> & { size: number };
type Mac = Vector & Fields<'key' | 'msg' | 'tag'>;

/** Every vector of a file; none is left out. */
function vectorsOf<T extends Vector>(name: string): T[] {
  const { testGroups, numberOfTests } = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as {
    testGroups: { tests: T[] }[];
    numberOfTests: number;
  };
  const vectors = testGroups.flatMap(({ tests }) => tests);
  expect(vectors).toHaveLength(numberOfTests);
  return vectors;
}

/** What the work comes to in hex, or nothing when it is refused. */
function outcome(work: () => Uint8Array): string | undefined {
  try {
    return Buffer.from(work()).toString('hex');
  } catch {
    return undefined;
  }
}

/** Counts of right verdicts, and the numbers of the wrong ones. */
function tally<T extends Vector>(vectors: readonly T[], accepts: (vector: T) => boolean) {
  const judged = vectors.map((vector) => ({ ...vector, accepted: accepts(vector) }));
  return {
    accepted: judged.filter(({ accepted }) => accepted).length,
    refused: judged.filter(({ accepted }) => !accepted).length,
    wrong: judged.filter(({ accepted, result }) => accepted !== (result === 'valid')).map(({ tcId }) => tcId),
  };
}

const isOurSize = ({ key, iv }: Aead): boolean => key.length === 64 && iv.length === 24;

const cipherOf = ({ key }: Aead): CipherGCMTypes => `aes-${key.length * 4}-gcm` as CipherGCMTypes;

/** As `open` asks node:crypto, which binds its own header in front of every associated data. */
function decipher(vector: Aead): Uint8Array {
  const [key, iv] = [createSecretKey(bytes(vector.key)), bytes(vector.iv)];
  const cipher = createDecipheriv(cipherOf(vector), key, iv, { authTagLength: 16 });
  cipher.setAAD(bytes(vector.aad)).setAuthTag(bytes(vector.tag));
  return Buffer.concat([cipher.update(bytes(vector.ct)), cipher.final()]);
}

/** As `seal` asks node:crypto, with the vector's nonce in place of a random one: ciphertext and tag. */
function encipher(vector: Aead): Uint8Array {
  const cipher = createCipheriv(cipherOf(vector), createSecretKey(bytes(vector.key)), bytes(vector.iv));
  cipher.setAAD(bytes(vector.aad));
  return Buffer.concat([cipher.update(bytes(vector.msg)), cipher.final(), cipher.getAuthTag()]);
}

/** OpenSSL takes nonces of 128 bytes at most; NIST SP 800-38D §5.2.1.1 leaves the greatest length to the implementation. */
const isBeyondOpenSsl = ({ iv }: Aead): boolean => iv.length > 256;

/** Associated data that begin as a sealed value does, version 1 and four bytes, are what `open` itself would bind. */
const isSealed = (vector: Aead): boolean => isOurSize(vector) && /^01.{8}/.test(vector.aad);
const opened = ({ key, iv, aad, ct, tag }: Aead): Uint8Array =>
  open(
    { id: bytes(aad).subarray(1, 5), key: createSecretKey(bytes(key)) },
    bytes(aad.slice(0, 10) + iv + ct + tag),
    bytes(aad.slice(10)),
  );

function aead(): void {
  test('Wycheproof aes_gcm · BCB-10.sealed · what was sealed opens, and not one changed tag does', () => {
    const all = vectorsOf<Aead>('aes_gcm_test.json');
    const [beyond, vectors] = [all.filter(isBeyondOpenSsl), all.filter((vector) => !isBeyondOpenSsl(vector))];
    const { accepted, refused, wrong } = tally(vectors, (vector) => outcome(() => decipher(vector)) !== undefined);
    const ours = vectors.filter(isOurSize).length;
    say(
      `aes_gcm_test.json: ${accepted} opened, ${refused} refused by node:crypto as seal() and open() call it (${ours} of our sizes); ` +
        `explained: ${beyond.length} valid ones refused for nonces beyond 128 bytes`,
    );
    expect(wrong).toEqual([]);
    expect(ours).toBeGreaterThan(60);
    expect(beyond.map((vector) => [vector.tcId, outcome(() => decipher(vector))])).toEqual([
      [268, undefined],
      [272, undefined],
      [276, undefined],
    ]);
    const valid = vectors.filter(({ result }) => result === 'valid');
    expect(valid.filter((vector) => outcome(() => decipher(vector)) !== vector.msg)).toEqual([]);
    expect(valid.filter((vector) => outcome(() => encipher(vector)) !== vector.ct + vector.tag)).toEqual([]);
  });

  test('Wycheproof aes_gcm · BCB-10.sealed · open() opens every vector whose associated data could be ours', () => {
    const sealed = vectorsOf<Aead>('aes_gcm_test.json').filter(isSealed);
    say(`aes_gcm_test.json: ${sealed.length} opened by open() itself`);
    expect(sealed).toHaveLength(1);
    expect(sealed.map((vector) => outcome(() => opened(vector)))).toEqual(sealed.map(({ msg }) => msg));
  });

  test('Wycheproof aes_gcm · BCB-10.sealed · open() refuses that vector with any bit of its tag changed', () => {
    const [genuine] = vectorsOf<Aead>('aes_gcm_test.json').filter(isSealed);
    const flipped = Array.from({ length: 128 }, (_none, bit) => {
      const tag = Buffer.from(genuine!.tag, 'hex');
      tag[bit >> 3]! ^= 1 << (bit & 7);
      return { ...genuine!, tag: tag.toString('hex') };
    });
    expect(flipped.filter((vector) => outcome(() => opened(vector)) !== undefined)).toEqual([]);
  });
}

/** As `deriveKey` and the session service's refresh successor call it; those fix salt, label and length. */
const derived = ({ ikm, salt, info }: Hkdf, size: number): string | undefined =>
  outcome(() => new Uint8Array(hkdfSync('sha256', bytes(ikm), bytes(salt), bytes(info), size)));

function hkdf(): void {
  test('Wycheproof hkdf_sha256 · RFC 5869 · keys are derived to the byte, and none longer than may be', () => {
    const vectors = vectorsOf<Hkdf>('hkdf_sha256_test.json');
    const all = tally(vectors, (vector) => derived(vector, vector.size) === vector.okm);
    const unsalted = vectors.filter(({ salt, size }) => salt === '' && size >= 32);
    say(
      `hkdf_sha256_test.json: ${all.accepted} derived, ${all.refused} refused by node:crypto as deriveKey() calls it; 0 explained; ` +
        `${unsalted.length} without a salt and long enough are ours in shape`,
    );
    expect(all.wrong).toEqual([]);
    expect(unsalted.length).toBeGreaterThan(10);
    // 32 bytes without a salt, as every key of ours: what is longer begins with them (RFC 5869 §2.3).
    expect(unsalted.filter((vector) => derived(vector, 32) !== vector.okm.slice(0, 64))).toEqual([]);
    // More than 255 blocks (RFC 5869 §2.3): nothing comes out, not even the part that there is.
    const tooLong = vectors.filter(({ result }) => result === 'invalid');
    expect(tooLong.map((vector) => derived(vector, vector.size))).toEqual(tooLong.map(() => undefined));
  });
}

/** As the keyed hash (a key object), and as commitments and the gateway's daily salt (bytes) call it. */
const macs = ({ key, msg }: Mac): Uint8Array[] =>
  [createSecretKey(bytes(key)), bytes(key)].map((secret) => createHmac('sha256', secret).update(bytes(msg)).digest());
const isMac = (vector: Mac): boolean =>
  macs(vector).every((mac) => equalBytes(mac.subarray(0, vector.tag.length / 2), bytes(vector.tag)));

function hmac(): void {
  test('Wycheproof hmac_sha256 · RFC 2104 · every code is judged right, and none that was changed passes', () => {
    const vectors = vectorsOf<Mac>('hmac_sha256_test.json');
    const { accepted, refused, wrong } = tally(vectors, isMac);
    const cut = vectors.filter(({ tag }) => tag.length === 32).length;
    say(
      `hmac_sha256_test.json: ${accepted} equal, ${refused} refused by node:crypto as KeyedHash and commitmentOf() call it; ` +
        `${cut} of them cut to 16 bytes, which only the gateway's daily salt does; 0 explained`,
    );
    expect(wrong).toEqual([]);
    // A whole code with an octet after it is none.
    const [whole] = vectors.filter(({ result, tag }) => result === 'valid' && tag.length === 64);
    expect(macs(whole!).some((mac) => equalBytes(mac, bytes(`${whole!.tag}00`)))).toBe(false);
  });
}

if (existsSync(FOLDER)) {
  describe('sealing, derived keys and keyed hashes', () => {
    aead();
    hkdf();
    hmac();
  });
} else {
  say('The public vectors did not run: there is no ../shared/vectors here.');
  test('vectors absent', () => {
    expect(existsSync(FOLDER)).toBe(false);
  });
}
