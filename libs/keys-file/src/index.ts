export * from './authority/development-authority.js';
export { issueAuthority, issueService, type IssuedPem, type ServiceSubject } from './authority/issue-certificate.js';
export * from './key-file-refused.js';
export { createMasterKeyFile, newMasterKey } from './master-key.js';
export * from './open-file-key-store.js';
