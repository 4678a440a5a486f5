export * from './open-pkcs11-key-store.js';
export { PKCS11_DRIVER } from './pkcs11-engine.js';
