import { fileURLToPath } from 'node:url';

export { service } from './service.js';

/** Migrations of this service's schema. */
export const migrationsDir = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
