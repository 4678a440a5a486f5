import { describe, expect, test } from '@jest/globals';
import { creationOptions, requestOptions } from '../src/index.js';

const rp = { id: 'bank.example', name: 'Bank' };
const user = { id: 'AAAA', name: 'somebody', displayName: 'Somebody' };

describe('options', () => {
  test('R10 · policy says user verification by default, at both ceremonies', () => {
    expect(creationOptions({ rp, user, challenge: 'AAAA' }).authenticatorSelection?.userVerification).toBe('required');
    expect(requestOptions({ rpId: rp.id, challenge: 'AAAA' }).userVerification).toBe('required');
  });

  test('R13 · ES256, EdDSA and RS256 are offered, in this order, or what policy lists', () => {
    const offered = (algorithms?: number[]) =>
      creationOptions({ rp, user, challenge: 'AAAA', algorithms }).pubKeyCredParams.map(({ alg }) => alg);
    expect(offered()).toEqual([-7, -8, -257]);
    expect(offered([-8])).toEqual([-8]);
  });

  test('BCB-1.none · creation options in the browser’s JSON form', () => {
    const excludeCredentials = [
      { id: 'BBBB', transports: ['usb'] },
      { id: 'CCCC', transports: [] },
    ];
    expect(creationOptions({ rp, user, challenge: 'AAAA', excludeCredentials, hints: ['client-device'] })).toEqual({
      rp,
      user,
      challenge: 'AAAA',
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      excludeCredentials: [
        { type: 'public-key', id: 'BBBB', transports: ['usb'] },
        { type: 'public-key', id: 'CCCC' },
      ],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
      hints: ['client-device'],
      extensions: { credProps: true },
    });
  });

  test('BCB-2 · without names the request lists none, so that any passkey may answer', () => {
    expect(requestOptions({ rpId: rp.id, challenge: 'AAAA', timeout: 60_000 })).toEqual({
      rpId: rp.id,
      challenge: 'AAAA',
      allowCredentials: [],
      userVerification: 'required',
      timeout: 60_000,
    });
  });
});
