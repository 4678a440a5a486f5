export * from './apply.js';
export * from './database.js';
export {
  embeddedAdminUrl,
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
} from './embedded/start.js';
export { isNotNow, isUniqueViolation } from './failure.js';
export * from './migrate.js';
export * from './migration-refused.js';
export {
  provisionDatabase,
  withClient,
  type ProvisionedDatabase,
  type ProvisionOptions,
  type ServiceAccess,
} from './provision.js';
export * from './roles.js';
export { prismaFor, prismaInTenant, type PrismaClass, type TenantClient } from './prisma.js';
export { checkRowSecurity, type RowSecurityReport, type TableRule } from './row-security.js';
