import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canonicalJson } from '@countersign/kernel';
import { parseStrictJson } from '../src/parse/strict-json.js';
import {
  judgeRecordedCase,
  verifyAuthentication,
  verifyRegistration,
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
} from '../src/index.js';

const FOLDER = resolve(process.cwd(), '../shared/vectors');
const read = <T>(path: string): T => JSON.parse(readFileSync(join(FOLDER, path), 'utf8')) as T;

interface CeremonyVector<Response> {
  challengeB64url: string;
  credential: Response;
}

interface W3cVector {
  id: string;
  rpId: string;
  origin: string;
  topOrigin: string | null;
  crossOrigin: boolean;
  alg: number;
  fmt: string;
  registration: CeremonyVector<RegistrationResponseJSON>;
  authentication: CeremonyVector<AuthenticationResponseJSON>;
  userVerified: { registration: boolean; authentication: boolean };
  coseKeyHex: string;
  annotation: { BE: boolean; BS: boolean };
}

interface W3cFile {
  trustAnchor: { attestation_ca_cert_hex: string };
  vectors: W3cVector[];
}

const ALL = [-7, -35, -36, -8, -53, -257];
const JUDGED = ['none', 'packed', 'tpm', 'apple', 'fido-u2f'];

function w3c(): void {
  const file = read<W3cFile>('webauthn/w3c-l3-vectors.json');
  const anchors = [new Uint8Array(Buffer.from(file.trustAnchor.attestation_ca_cert_hex, 'hex'))];

  const expectedOf = (vector: W3cVector, challenge: string) => ({
    challenge,
    origins: [vector.origin],
    topOrigins: vector.topOrigin ? [vector.topOrigin] : [],
    rpId: vector.rpId,
    algorithms: ALL,
    userVerification: 'preferred' as const,
  });
  const register = (vector: W3cVector, over = {}) =>
    verifyRegistration({
      ...expectedOf(vector, vector.registration.challengeB64url),
      response: vector.registration.credential,
      // By the standard's letter: what FIDO asks for beside it, the vectors do not follow.
      attestation: { accept: ['none', 'self', 'anchored'], anchors, strict: false },
      now: new Date('2026-01-01T00:00:00Z'),
      ...over,
    });
  const authenticate = (vector: W3cVector, over = {}) => {
    const registered = register(vector);
    if (!registered.ok) throw new Error(`registration refused: ${registered.code}`);
    return verifyAuthentication({
      ...expectedOf(vector, vector.authentication.challengeB64url),
      response: vector.authentication.credential,
      credential: registered.credential,
      allowCredentials: [registered.credential.id],
      ...over,
    });
  };
  const withoutTopOrigin = (vector: W3cVector) => vector.crossOrigin && vector.topOrigin === null;
  const judged = file.vectors.filter(({ fmt, alg }) => JUDGED.includes(fmt) && ALL.includes(alg));
  const plain = judged.filter((vector) => !withoutTopOrigin(vector));

  test.each(plain.map((vector) => [vector.id, vector] as const))('W3C %s · registers and signs in', (id, vector) => {
    const trust = vector.fmt === 'none' ? 'none' : id.includes('self') ? 'self' : 'anchored';
    expect(register(vector)).toMatchObject({
      ok: true,
      credential: { attestationTrust: trust, algorithm: vector.alg },
    });
    expect(authenticate(vector)).toMatchObject({ ok: true, counterVerdict: 'zero' });
  });

  test.each(plain.map((vector) => [vector.id, vector] as const))(
    'W3C %s · user verification as it says',
    (_id, vector) => {
      const required = { userVerification: 'required' as const };
      expect(register(vector, required).ok).toBe(vector.userVerified.registration);
      expect(authenticate(vector, required).ok).toBe(vector.userVerified.authentication);
    },
  );

  test.each(file.vectors.filter(({ crossOrigin }) => crossOrigin).map((vector) => [vector.id, vector] as const))(
    'W3C %s · refused where framing is not expected',
    (_id, vector) => {
      expect(register(vector, { topOrigins: [] })).toMatchObject({ ok: false, code: 'cross_origin_not_allowed' });
    },
  );

  test('R11 · W3C none-es256-crossOrigin · a frame that is not named passes only by the standard’s letter', () => {
    const vector = file.vectors.find(withoutTopOrigin);
    const framed = { topOrigins: ['https://example.com'] };
    expect(vector && register(vector, framed)).toMatchObject({ ok: false, code: 'cross_origin_not_allowed' });
    expect(vector && register(vector, { ...framed, unnamedFrames: true })).toMatchObject({ ok: true });
    expect(vector && register(vector, { unnamedFrames: true })).toMatchObject({ ok: false });
  });

  test('BCB-1.fido-u2f · W3C fido-u2f-es256 · FIDO’s rule that no model is named refuses it', () => {
    const vector = file.vectors.find(({ fmt }) => fmt === 'fido-u2f');
    expect(vector && register(vector, { attestation: { accept: ['anchored'], anchors } })).toMatchObject({
      ok: false,
      code: 'attestation_invalid',
      clause: 'FIDO CTAP 2.1 §8',
    });
  });

  test('BCB-1.tpm · W3C tpm-es256 · its maker is nobody, so strict rules refuse it', () => {
    const vector = file.vectors.find(({ fmt }) => fmt === 'tpm');
    expect(vector && register(vector, { attestation: { accept: ['anchored'], anchors } })).toMatchObject({
      ok: false,
      code: 'attestation_invalid',
      clause: 'WebAuthn L3 §8.3.1',
      facts: { rule: 'TPM manufacturer' },
    });
  });

  test.each([true, false])(
    'BCB-1.android-key · W3C android-key-es256 · its empty lists say nothing, so it is refused (strict: %s)',
    (strict) => {
      const vector = file.vectors.find(({ fmt }) => fmt === 'android-key');
      expect(vector && register(vector, { attestation: { accept: ['anchored'], anchors, strict } })).toMatchObject({
        ok: false,
        code: 'attestation_invalid',
        clause: 'WebAuthn L3 §8.4',
        facts: { rule: 'origin' },
      });
    },
  );

  test('R13 · W3C packed-ed448 · where its algorithm is not on the list it is refused', () => {
    const vector = file.vectors.find(({ id }) => id === 'packed-ed448');
    expect(vector && register(vector, { algorithms: [-7, -8, -257] })).toMatchObject({
      ok: false,
      code: 'algorithm_not_allowed',
    });
  });

  test('W3C packed · without the anchor the path leads nowhere', () => {
    const vector = file.vectors.find(({ id }) => id === 'packed-es256');
    const attestation = { accept: ['anchored'], anchors: [] };
    expect(vector && register(vector, { attestation })).toMatchObject({ ok: false, code: 'attestation_untrusted' });
  });
}

const pemOf = (hex: string): string => new X509Certificate(Buffer.from(hex, 'hex')).toString();

/** The same vectors as whoever recorded them would write them down: JSON in, a verdict out. */
function recorded(): void {
  const { vectors, trustAnchor } = read<W3cFile>('webauthn/w3c-l3-vectors.json');
  const anchors = [pemOf(trustAnchor.attestation_ca_cert_hex)];
  const shared = ({ id, origin, rpId, crossOrigin }: W3cVector) => ({
    id,
    origins: [origin],
    rpId,
    topOrigins: crossOrigin ? ['https://example.com'] : [],
    userVerification: 'preferred',
    algorithms: ALL,
    now: '2026-01-01T00:00:00Z',
  });
  const registrationOf = (vector: W3cVector) => ({
    ...shared(vector),
    kind: 'registration',
    challenge: vector.registration.challengeB64url,
    response: vector.registration.credential,
    anchors,
  });
  const authenticationOf = (vector: W3cVector) => ({
    ...shared(vector),
    kind: 'authentication',
    challenge: vector.authentication.challengeB64url,
    response: vector.authentication.credential,
    allowCredentials: [vector.registration.credential.id],
    credential: {
      id: vector.registration.credential.id,
      publicKey: Buffer.from(vector.coseKeyHex, 'hex').toString('base64url'),
      counter: 0,
      backupEligible: vector.annotation.BE,
      backupState: vector.annotation.BS,
    },
  });
  const verdictOn = (recordedCase: object): string => {
    const { verdict } = judgeRecordedCase(JSON.parse(JSON.stringify(recordedCase)));
    return verdict.code ?? verdict.verdict;
  };

  test.each(vectors.map((vector) => [vector.id, vector] as const))('W3C %s · as a recorded case', (_id, vector) => {
    // The authorization lists of the Android vector are empty, which §8.4 itself refuses.
    expect(verdictOn(registrationOf(vector))).toBe(vector.fmt === 'android-key' ? 'attestation_invalid' : 'accept');
    expect(verdictOn(authenticationOf(vector))).toBe('accept');
    expect(verdictOn({ ...registrationOf(vector), challenge: 'AAAA' })).toBe('challenge_mismatch');
    expect(verdictOn({ ...authenticationOf(vector), challenge: 'AAAA' })).toBe('challenge_mismatch');
  });

  test('W3C · as recorded cases: without the anchor nothing certified is accepted', () => {
    const certified = vectors.filter(({ id, fmt }) => fmt !== 'none' && fmt !== 'android-key' && !id.includes('self'));
    const verdicts = certified.map((vector) => verdictOn({ ...registrationOf(vector), anchors: [] }));
    expect(verdicts).toEqual(certified.map(() => 'attestation_untrusted'));
    process.stdout.write(
      `W3C WebAuthn L3 §16: ${vectors.length} vectors, ${2 * vectors.length} recorded cases judged\n`,
    );
  });
}

interface JcsFile {
  documents: { id: string; inputUtf8: string; canonicalHex: string }[];
  rfc8785AppendixB: { ieee754Hex: string; expected: string | null; mustError: boolean }[];
  mustReject: { inputB64: string; why: string }[];
}

const doubleOf = (hex: string): number => Buffer.from(hex.padStart(16, '0'), 'hex').readDoubleBE();

/** As a signer reads it: UTF-8 or nothing, no byte order mark, no name twice. */
const canonicalOf = (base64: string): string =>
  canonicalJson(
    parseStrictJson(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64')),
      64,
    ),
  );

function jcs(): void {
  const { documents, rfc8785AppendixB, mustReject } = read<JcsFile>('jcs/jcs-vectors.json');
  test.each(documents.map((document) => [document.id, document] as const))(
    'JCS %s · canonical to the byte',
    (_id, document) => {
      const canonical = canonicalJson(parseStrictJson(document.inputUtf8, 64));
      expect(Buffer.from(canonical, 'utf8').toString('hex')).toBe(document.canonicalHex);
    },
  );

  test.each(rfc8785AppendixB)('JCS appendix B · $ieee754Hex', ({ ieee754Hex, expected, mustError }) => {
    if (mustError) expect(() => canonicalJson(doubleOf(ieee754Hex))).toThrow();
    else expect(canonicalJson(doubleOf(ieee754Hex))).toBe(expected);
  });

  test.each(mustReject)('JCS refuses · $why', ({ inputB64 }) => {
    expect(() => canonicalOf(inputB64)).toThrow();
  });

  test('JCS numbers · 10,000 doubles are written as ECMAScript writes them', () => {
    const { rows } = read<{ rows: [string, string][] }>('jcs/es6-numbers-10000.json');
    const wrong = rows.filter(([hex, text]) => canonicalJson(doubleOf(hex)) !== text);
    expect(rows.length).toBe(10_000);
    expect(wrong).toEqual([]);
  });
}

if (existsSync(FOLDER)) {
  describe('W3C WebAuthn Level 3, §16', w3c);
  describe('W3C WebAuthn Level 3, §16, recorded', recorded);
  describe('canonical JSON (RFC 8785)', jcs);
} else {
  process.stdout.write('The public vectors did not run: there is no ../shared/vectors here.\n');
  test('vectors absent', () => {
    expect(existsSync(FOLDER)).toBe(false);
  });
}
