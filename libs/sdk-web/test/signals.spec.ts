import { afterEach, describe, expect, test } from '@jest/globals';
import { signal } from '../src/signals.js';
import type { Signals } from '../src/types.js';

const ACCOUNT = { rpId: 'bank.example', userId: 'aGFuZGxl' };
const SIGNALS: Signals = {
  allAcceptedCredentials: { ...ACCOUNT, allAcceptedCredentialIds: ['a2V5'] },
  currentUserDetails: { ...ACCOUNT, name: 'ada', displayName: 'Ada Example' },
};

/** A browser with these methods; each remembers what it was told. */
function browserWith(methods: string[], answer: () => Promise<void> = () => Promise.resolve()): [string, unknown][] {
  const told: [string, unknown][] = [];
  const credential = Object.assign(function PublicKeyCredential() {}, {
    ...Object.fromEntries(
      methods.map((name) => [
        name,
        function (this: unknown, options: unknown) {
          if (this !== credential) throw new TypeError('Illegal invocation');
          told.push([name, options]);
          return answer();
        },
      ]),
    ),
  });
  Object.assign(globalThis, { PublicKeyCredential: credential });
  return told;
}

const ALL = ['signalAllAcceptedCredentials', 'signalCurrentUserDetails', 'signalUnknownCredential'];

afterEach(() => void Reflect.deleteProperty(globalThis, 'PublicKeyCredential'));

describe('what the passkey provider is told', () => {
  test('BCB-6.revoke · is exactly what the answer says, each member to the method of its name', async () => {
    const told = browserWith(ALL);
    await signal(SIGNALS);
    expect(Object.fromEntries(told)).toEqual({
      signalAllAcceptedCredentials: SIGNALS.allAcceptedCredentials,
      signalCurrentUserDetails: SIGNALS.currentUserDetails,
    });
  });

  test('is the unknown credential alone after a refusal that names one', async () => {
    const told = browserWith(ALL);
    const unknownCredential = { rpId: 'bank.example', credentialId: 'AA' };
    await signal({ unknownCredential });
    expect(told).toEqual([['signalUnknownCredential', unknownCredential]]);
  });

  test('is nothing where the answer says nothing', async () => {
    const told = browserWith(ALL);
    await signal(undefined);
    await signal({});
    expect(told).toEqual([]);
  });

  test('a browser that has only some of the methods is told what it can hear', async () => {
    const told = browserWith(['signalCurrentUserDetails']);
    await signal(SIGNALS);
    expect(told).toEqual([['signalCurrentUserDetails', SIGNALS.currentUserDetails]]);
  });

  test('a browser without the API, or one that refuses, changes nothing', async () => {
    await expect(signal(SIGNALS)).resolves.toBeUndefined();
    const told = browserWith(ALL, () => Promise.reject(new DOMException('no', 'NotAllowedError')));
    await expect(signal(SIGNALS)).resolves.toBeUndefined();
    expect(told).toHaveLength(2);
  });
});
