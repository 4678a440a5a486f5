import { fileURLToPath } from 'node:url';

export { service } from './service.js';
export { signingSettings } from './token-signing.js';
export const migrationsDir = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
