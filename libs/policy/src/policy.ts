import { ACR_ORDER, BUILT_IN_ACTIONS, acrReaches, type Acr } from '@countersign/kernel';
import { z } from 'zod';
import { coseAlgorithms } from './algorithms.js';
import { actionAssurance, applicationAssurance, tenantAssurance } from './assurance.js';
import { attestationPolicy } from './attestation-policy.js';
import { metadataPolicy } from './metadata-policy.js';
import { riskPolicy } from './risk-policy.js';

const seconds = (least: number, most: number): z.ZodNumber => z.number().int().min(least).max(most);

const demand = z.enum(['required', 'optional']).default('optional');

/** What a sensitive action of the bank needs. */
export const actionPolicy = z.strictObject({
  /** Least assurance, a value of `ACR_ORDER`. */
  acr: z.enum(['phr', 'phrh']).default('phr'),
  /** Greatest age of the authentication, seconds. */
  maxAge: seconds(0, 86_400).default(300),
  /** What of its application's assurance this action replaces, member by member. */
  assurance: actionAssurance.optional(),
});

/** What one application does otherwise than its tenant. */
export const applicationPolicy = z.strictObject({
  /** Replaces the tenant's, member by member. */
  assurance: applicationAssurance.prefault({}),
});

/** The platform's own actions are spent by the platform: a tenant that listed one could have a grant spent twice. */
const actionName = z
  .string()
  .regex(/^[a-z][a-z0-9_.-]{0,63}$/)
  .refine((name) => !(BUILT_IN_ACTIONS as readonly string[]).includes(name), 'is an action of the platform itself');

const clientId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'is not a client id');

const policyMembers = z.strictObject({
  webauthn: z
    .strictObject({
      userVerification: z.enum(['required', 'preferred']).default('required'),
      residentKey: z.enum(['required', 'preferred', 'discouraged']).default('preferred'),
      /** COSE algorithms offered and accepted. */
      algorithms: coseAlgorithms.default([-7, -8, -257]),
      /** What is asked of every credential of the tenant. */
      assurance: tenantAssurance.prefault({}),
      attestation: attestationPolicy.prefault({}),
    })
    .prefault({}),
  /** What a signature counter that did not move leads to (R2). */
  counter: z.enum(['suspend', 'refuse', 'risk']).default('suspend'),
  /** Sensitive actions by name. An action that is not listed is refused. */
  actions: z.record(actionName, actionPolicy).default({}),
  /** By client id, which never changes. An application that is not listed is the tenant's in everything. */
  applications: z.record(clientId, applicationPolicy).default({}),
  sessions: z
    .strictObject({
      /** PSD2 RTS art. 4(3)(d) for payment accounts: 300. */
      inactivity: seconds(60, 86_400).default(300),
      absolute: seconds(300, 2_592_000).default(43_200),
      /** Life of an access token. */
      accessToken: seconds(60, 600).default(420),
      /** How fresh the authentication must be to sign out other sessions. */
      signOutOthersMaxAge: seconds(30, 3_600).default(300),
    })
    .refine(({ inactivity, absolute }) => inactivity <= absolute, {
      path: ['inactivity'],
      message: 'must not be longer than `absolute`',
    })
    .prefault({}),
  /**
   * Tokens that work only with a key of whoever obtained them (DPoP, RFC 9449). `required` refuses to issue and to take
   * any other, by type of application; `web` speaks of the tokens minted from a cookie. The one default that is not the
   * strict choice: an application must have a key before it can be asked for one.
   */
  dpop: z
    .strictObject({
      web: demand,
      native: demand,
      server: demand,
      /** Whether a proof must carry a nonce of the server's (§8): then no proof can be made ahead of its time. */
      nonce: demand,
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Requests a minute from one address (IPv6: one /64). */
      perAddressPerMinute: z.number().int().min(10).max(1_000_000).default(300),
      /** Sign-in attempts a minute that name one user. */
      perUserPerMinute: z.number().int().min(5).max(10_000).default(30),
      /** Requests a second of the whole tenant. */
      perTenantPerSecond: z.number().int().min(10).max(1_000_000).default(500),
      /** Authenticators of one person that are not removed; a registration beyond is refused. Imports are not held to it. */
      devicesPerPerson: z.number().int().min(1).max(1_000).default(20),
    })
    .prefault({}),
  metadata: metadataPolicy.prefault({}),
  risk: riskPolicy.prefault({}),
});

/** Seconds after which a session of attested hardware is over whatever it does (NIST SP 800-63B-4 §2.3.3, AAL3). */
const AAL3_ABSOLUTE = 43_200;

/** An action asks too: who steps up for it holds the key, and the session they raise is worth `phrh` to its end. */
function asksForHardware({ webauthn, applications, actions }: z.output<typeof policyMembers>): boolean {
  const listed = Object.values(actions);
  const scopes = [webauthn, ...Object.values(applications), ...listed];
  return (
    listed.some(({ acr }) => acr === 'phrh') ||
    scopes.some(({ assurance }) => assurance?.level === 'device-bound-attested')
  );
}

/** A tenant's policy, one versioned document. Every default is the strict choice. */
export const policySchema = policyMembers.refine(
  (policy) => policy.sessions.absolute <= AAL3_ABSOLUTE || !asksForHardware(policy),
  {
    path: ['sessions', 'absolute'],
    message: `must not exceed ${AAL3_ABSOLUTE} where signing in or an action asks for \`device-bound-attested\``,
  },
);

export type Policy = z.output<typeof policySchema>;

/** Reads a policy document; what it leaves out takes the default, what it does not know refuses it. */
export const parsePolicy = (document: unknown): Policy => policySchema.parse(document);

/** What this application does otherwise; undefined when the policy does not list it. */
export const applicationPolicyOf = (
  { applications }: Policy,
  clientId: string,
): z.output<typeof applicationPolicy> | undefined =>
  Object.hasOwn(applications, clientId) ? applications[clientId] : undefined;

/** What the tenant asks for this action; undefined when it is not listed, also for names that every object has. */
export const actionPolicyOf = ({ actions }: Policy, name: string): z.output<typeof actionPolicy> | undefined =>
  Object.hasOwn(actions, name) ? actions[name] : undefined;

export { ACR_ORDER, type Acr };

/** What an authentication still lacks for an action; undefined when it suffices. */
export function stepUpNeeded(
  needed: { acr: Acr; maxAge: number },
  has: { acr: string; authTime: number },
  nowSeconds: number,
): { acrValues: string; maxAge: number } | undefined {
  const strong = acrReaches(has.acr, needed.acr);
  const fresh = nowSeconds - has.authTime <= needed.maxAge;
  return strong && fresh ? undefined : { acrValues: needed.acr, maxAge: needed.maxAge };
}
