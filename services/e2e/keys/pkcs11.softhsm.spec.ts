import { afterAll } from '@jest/globals';
import { newSoftToken, softHsmModule } from '../../../libs/keys-pkcs11/test/soft-token.js';
import { installationKeys, modes } from './installation-keys.js';

const token = newSoftToken();
afterAll(() => token.remove());

const settings = (): Record<string, string> => ({
  COUNTERSIGN_PKCS11_MODULE: softHsmModule(),
  COUNTERSIGN_PKCS11_TOKEN: token.label,
  COUNTERSIGN_PKCS11_PIN_FILE: token.pinFile,
});

for (const signing of modes()) installationKeys('pkcs11', signing, settings);
