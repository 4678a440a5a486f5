import { BUILT_IN_ACTIONS } from '@countersign/kernel';
import { z } from 'zod';
import { riskPolicy } from './risk-policy.js';

const allDifferent = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
const seconds = (least: number, most: number): z.ZodNumber => z.number().int().min(least).max(most);

/** What a sensitive action of the bank needs. */
export const actionPolicy = z.strictObject({
  /** Least assurance, a value of `ACR_ORDER`. */
  acr: z.enum(['phr', 'phrh']).default('phr'),
  /** Greatest age of the authentication, seconds. */
  maxAge: seconds(0, 86_400).default(300),
});

/** The platform's own actions are spent by the platform: a tenant that listed one could have a grant spent twice. */
const actionName = z
  .string()
  .regex(/^[a-z][a-z0-9_.-]{0,63}$/)
  .refine((name) => !(BUILT_IN_ACTIONS as readonly string[]).includes(name), 'is an action of the platform itself');

/** A tenant's policy, one versioned document. Every default is the strict choice. */
export const policySchema = z.strictObject({
  webauthn: z
    .strictObject({
      userVerification: z.enum(['required', 'preferred']).default('required'),
      residentKey: z.enum(['required', 'preferred', 'discouraged']).default('preferred'),
      /** COSE algorithms offered and accepted. */
      algorithms: z
        .array(z.union([z.literal(-7), z.literal(-8), z.literal(-257)]))
        .min(1)
        .refine(allDifferent, 'names an algorithm twice')
        .default([-7, -8, -257]),
      attestation: z
        .strictObject({
          accept: z
            .array(z.enum(['none', 'self', 'anchored']))
            .min(1)
            .refine(allDifferent, 'names a kind twice')
            .default(['none', 'self', 'anchored']),
          /** Trust anchors, base64 DER. */
          anchors: z.array(z.base64().min(1).max(8_192)).max(64).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
  /** What a signature counter that did not move leads to (R2). */
  counter: z.enum(['suspend', 'refuse', 'risk']).default('suspend'),
  /** Sensitive actions by name. An action that is not listed is refused. */
  actions: z.record(actionName, actionPolicy).default({}),
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
  limits: z
    .strictObject({
      /** Requests a minute from one address (IPv6: one /64). */
      perAddressPerMinute: z.number().int().min(10).max(1_000_000).default(300),
      /** Sign-in attempts a minute that name one user. */
      perUserPerMinute: z.number().int().min(5).max(10_000).default(30),
      /** Requests a second of the whole tenant. */
      perTenantPerSecond: z.number().int().min(10).max(1_000_000).default(500),
    })
    .prefault({}),
  risk: riskPolicy.prefault({}),
});

export type Policy = z.output<typeof policySchema>;

/** Reads a policy document; what it leaves out takes the default, what it does not know refuses it. */
export const parsePolicy = (document: unknown): Policy => policySchema.parse(document);

/** What the tenant asks for this action; undefined when it is not listed, also for names that every object has. */
export const actionPolicyOf = ({ actions }: Policy, name: string): z.output<typeof actionPolicy> | undefined =>
  Object.hasOwn(actions, name) ? actions[name] : undefined;

/** Assurance from weak to strong: `phr` phishing-resistant, `phrh` and hardware-protected (OpenID EAP ACR values). */
export const ACR_ORDER = ['phr', 'phrh'] as const;
export type Acr = (typeof ACR_ORDER)[number];

/** What an authentication still lacks for an action; undefined when it suffices. */
export function stepUpNeeded(
  needed: { acr: Acr; maxAge: number },
  has: { acr: string; authTime: number },
  nowSeconds: number,
): { acrValues: string; maxAge: number } | undefined {
  const strong = ACR_ORDER.indexOf(has.acr as Acr) >= ACR_ORDER.indexOf(needed.acr);
  const fresh = nowSeconds - has.authTime <= needed.maxAge;
  return strong && fresh ? undefined : { acrValues: needed.acr, maxAge: needed.maxAge };
}
