export * from './authenticator/index.js';
export * from './metadata/metadata-service.js';
export * from './foreign-credential.js';
