export * from './authenticator/index.js';
