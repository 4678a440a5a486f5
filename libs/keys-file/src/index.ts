export * from './authority/development-authority.js';
export * from './key-file-refused.js';
export { createMasterKeyFile } from './master-key.js';
export * from './open-file-key-store.js';
