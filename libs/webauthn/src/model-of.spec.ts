import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SoftAuthenticator, TestAttestationCa } from '@countersign/testing';
import fc from 'fast-check';
import { modelOf, type PublicKeyCredentialCreationOptionsJSON } from './index.js';

const AAGUID = '11111111-2222-4333-8444-555555555555';
const ORIGIN = 'https://bank.example';
const options: PublicKeyCredentialCreationOptionsJSON = {
  rp: { id: 'bank.example', name: 'Bank' },
  user: { id: 'AAAA', name: 'ada', displayName: 'Ada' },
  challenge: 'AAAA',
  pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
};
const register = (authenticator: SoftAuthenticator) => authenticator.register(options, { origin: ORIGIN });

describe('the claimed model', () => {
  test('BCB-1.aaguid · is the AAGUID in the authenticator data', () => {
    for (const attestation of ['none', 'packed-self', 'packed'] as const) {
      const response = register(new SoftAuthenticator({ aaguid: AAGUID, attestation }));
      expect(modelOf(response)).toEqual({ aaguid: AAGUID, keyIdentifier: '' });
    }
  });

  test('BCB-1.mds · without an AAGUID it is the key of the attestation certificate', () => {
    const ca = new TestAttestationCa();
    const leaf = ca.issue();
    const response = register(
      new SoftAuthenticator({ attestation: 'packed', ca: { certificate: ca.certificate, issue: () => leaf } }),
    );
    const { x, y } = leaf.privateKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
    const keyIdentifier = createHash('sha1').update(point).digest('hex');
    expect(modelOf(response)).toEqual({ aaguid: '00000000-0000-0000-0000-000000000000', keyIdentifier });
  });

  test('BCB-1.mds · of a compound attestation it is that of every statement whose certificate stands for a model', () => {
    const statements = ['apple', 'fido-u2f', 'packed'] as const;
    const response = register(new SoftAuthenticator({ attestation: 'compound', statements, algorithm: -7 }));
    const alone = register(new SoftAuthenticator({ attestation: 'compound', statements: ['apple', 'none'] }));
    expect(modelOf(response)?.keyIdentifier).toMatch(/^[0-9a-f]{40} [0-9a-f]{40}$/);
    expect(modelOf(alone)?.keyIdentifier).toBe('');
  });

  test('BCB-1.aaguid · what cannot be read claims nothing, and never crashes', () => {
    const genuine = register(new SoftAuthenticator({ attestation: 'packed' }));
    const object = Buffer.from(genuine.response.attestationObject, 'base64url');
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const changed = Buffer.from(object);
        changed[at % object.length] = byte;
        const response = { ...genuine.response, attestationObject: changed.toString('base64url') };
        const model = modelOf({ ...genuine, response });
        if (model) expect(model.aaguid).toMatch(/^[0-9a-f-]{36}$/);
      }),
      { numRuns: 500 },
    );
    for (const nothing of [undefined, null, {}, { ...genuine, response: {} }]) expect(modelOf(nothing)).toBeUndefined();
  });
});
