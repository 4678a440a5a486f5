import { describe, test } from '@jest/globals';
import { keyStoreContract } from '../contract/key-store-contract.js';
import { MemoryBacking } from './memory-backing.js';
import { SoftwareKeyStore } from './software-key-store.js';

const pair = async () => {
  const backing = new MemoryBacking();
  return { first: new SoftwareKeyStore('memory', backing), second: new SoftwareKeyStore('memory', backing) };
};

describe('keys in memory keep the contract of the port', () => {
  test.each(keyStoreContract(pair))('BCB-9.keys · $name', ({ run }) => run());
});
