import { z } from 'zod';
import { policySchema } from './policy.js';

export const applicationTypes = ['web', 'native', 'server'] as const;

/** What a tenant's server may be allowed to do; web and native applications have no scopes of their own. */
export const serverScopes = [
  'subjects:write',
  'subjects:read',
  'subjects:erase',
  'subjects:export',
  'introspect',
  'grants:redeem',
  'audit:read',
  'admin',
] as const;

/** What an operator may do for a tenant: `admin` everything that operators can, `auditor` reading the records. */
export const operatorRoles = ['admin', 'auditor'] as const;

/** One application of a tenant as the services need it. */
export const snapshotApplication = z.strictObject({
  clientId: z.string(),
  name: z.string(),
  /** web: cookie sessions; native: tokens; server: client credentials. */
  type: z.enum(applicationTypes),
  /** Exact origins; the WebAuthn and CORS allow-list alike. */
  origins: z.array(z.string()),
  scopes: z.array(z.string()),
  /** base64url SHA-256 of the client secret (256 random bits), or absent. */
  secretHash: z.string().optional(),
  /** Public keys for private_key_jwt. */
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
});

/** A tenant's configuration as the control plane signs it (R32): one document, one version, all services. */
export const snapshotSchema = z.strictObject({
  /** UUID. */
  tenant: z.string(),
  slug: z.string(),
  name: z.string(),
  rpId: z.string(),
  /** Rises by one with every change of the tenant. */
  version: z.number().int().min(1),
  policyVersion: z.number().int().min(1),
  policy: policySchema,
  applications: z.array(snapshotApplication),
  /** Who of the built-in tenant may act for this one. */
  operators: z.array(z.strictObject({ subject: z.string(), roles: z.array(z.string()) })),
});

export type TenantSnapshot = z.output<typeof snapshotSchema>;
export type Application = z.output<typeof snapshotApplication>;

/** Class and issuer of the JWS that carries a snapshot in its `snapshot` claim. */
export const SNAPSHOT_TOKEN = {
  typ: 'countersign-snapshot+jwt',
  issuer: 'countersign-tenant',
  audience: 'countersign',
} as const;

/** Greatest size of that JWS: 512 KiB. The control plane refuses a change beyond it, so every service can read what it signs. */
export const MAX_SNAPSHOT_BYTES = 512 * 1024;
