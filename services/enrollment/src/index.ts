import { fileURLToPath } from 'node:url';

export { anchorSettings, type AnchorSettings } from './anchor-settings.js';
export { androidStatusSettings, type AndroidStatusSettings } from './android-status/settings.js';
export { metadataSettings, type MetadataSettings } from './metadata/settings.js';
export { service } from './service.js';
export const migrationsDir = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
