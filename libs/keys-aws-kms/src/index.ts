export { AWS_KMS_DRIVER } from './kms-engine.js';
export * from './open-kms-key-store.js';
