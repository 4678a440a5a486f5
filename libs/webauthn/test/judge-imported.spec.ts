import { describe, expect, test } from '@jest/globals';
import { SoftAuthenticator, encodeCbor } from '@countersign/testing';
import { judgeImported, verifyRegistration, type ImportedCredential } from '../src/index.js';

/** A real key, as a registration elsewhere yields it. */
function registered(algorithm: -7 | -8 | -257): ImportedCredential {
  const response = new SoftAuthenticator({ algorithm }).register(
    {
      challenge: 'AAAA',
      rp: { id: 'bank.example', name: 'x' },
      user: { id: 'AAAA', name: 'x', displayName: 'x' },
      pubKeyCredParams: [{ type: 'public-key', alg: algorithm }],
    },
    { origin: 'https://bank.example' },
  );
  const result = verifyRegistration({
    response,
    challenge: 'AAAA',
    origins: ['https://bank.example'],
    topOrigins: [],
    rpId: 'bank.example',
    userVerification: 'required',
    algorithms: [algorithm],
    attestation: { accept: ['none'], anchors: [] },
    now: new Date(),
  });
  if (!result.ok) throw new Error(result.code);
  return {
    credentialId: Buffer.from(result.credential.id, 'base64url'),
    publicKey: result.credential.publicKey,
    backupEligible: false,
    backupState: false,
    algorithms: [-7, -8, -257],
  };
}

const refusalOf = (imported: ImportedCredential): string => {
  const result = judgeImported(imported);
  return result.ok ? '' : result.code;
};

describe('a credential registered elsewhere', () => {
  test.each([-7, -8, -257] as const)('BCB-1.none · with a good key of algorithm %i is taken', (algorithm) => {
    const imported = registered(algorithm);
    const id = Buffer.from(imported.credentialId).toString('base64url');
    expect(judgeImported(imported)).toEqual({ ok: true, id, algorithm });
  });

  test('R12 · has an id of at most 1,023 bytes', () => {
    const es256 = registered(-7);
    expect(refusalOf({ ...es256, credentialId: new Uint8Array(1023) })).toBe('');
    expect(refusalOf({ ...es256, credentialId: new Uint8Array(1024) })).toBe('credential_id_too_long');
  });

  test('R13 · has an algorithm that is accepted', () => {
    expect(refusalOf({ ...registered(-8), algorithms: [-7] })).toBe('algorithm_not_allowed');
  });

  test('has a key on its curve, in one encoding, with nothing after it', () => {
    const es256 = registered(-7);
    const key = Buffer.from(es256.publicKey);
    const off = Buffer.from(key);
    off[key.length - 1]! ^= 1;
    expect(refusalOf({ ...es256, publicKey: off })).toBe('public_key_malformed');
    expect(refusalOf({ ...es256, publicKey: Buffer.concat([key, Buffer.from([0])]) })).toBe('public_key_malformed');
    expect(refusalOf({ ...es256, publicKey: Buffer.from('not CBOR') })).toBe('public_key_malformed');
    const noKey = encodeCbor(new Map([[3, -7]]));
    expect(refusalOf({ ...es256, publicKey: noKey })).toBe('public_key_malformed');
  });

  test('does not contradict itself about backups', () => {
    expect(refusalOf({ ...registered(-7), backupState: true })).toBe('backup_flags_invalid');
    expect(refusalOf({ ...registered(-7), backupState: true, backupEligible: true })).toBe('');
  });
});
