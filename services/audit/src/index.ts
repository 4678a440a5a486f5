import { fileURLToPath } from 'node:url';

export { consumeEvents } from './events/consume.js';
export { service } from './service.js';
export const migrationsDir = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
