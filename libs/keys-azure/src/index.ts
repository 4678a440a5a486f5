export * from './open-azure-key-store.js';
export type { AzureSecret } from './vault.js';
export { AZURE_DRIVER } from './vault-engine.js';
