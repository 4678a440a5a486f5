import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { keyStoreContract } from '@countersign/keys';
import { newSoftToken, type SoftToken } from './soft-token.js';

let token: SoftToken;
let cases = 0;
beforeAll(() => {
  token = newSoftToken();
});
afterAll(() => token.remove());

describe('keys in a PKCS#11 token keep the contract of the port', () => {
  const pair = async () => {
    const namespace = `case${++cases}`;
    const [first, second] = [await token.open({ namespace }), await token.open({ namespace })];
    return { first, second, close: async () => void (await Promise.all([first.close(), second.close()])) };
  };
  test.each(keyStoreContract(pair))('BCB-15.pkcs11 · $name', ({ run }) => run());
});
