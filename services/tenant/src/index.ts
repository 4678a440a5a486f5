import { fileURLToPath } from 'node:url';

export { checkApplication } from './domain/application.js';
export { checkTenant } from './domain/tenant.js';
export { OPERATORS_CLIENT } from './control/platform-tenant.js';
export { service } from './service.js';
export const migrationsDir = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
