import { z } from 'zod';

/** Lower case, as we issue them; no other spelling names the same thing. */
export const id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'is not a UUID in lower case')
  .meta({ format: 'uuid' });

export const text = (most: number) => z.string().min(1).max(most);

/** RFC 3339, UTC. */
export const time = z.string().meta({ format: 'date-time' });
export const seconds = z.number().int();
export const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'is not base64url without padding');

export const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not a slug');
export const cursor = z.string().regex(/^[\x21-\x7e]{1,512}$/, 'is not a cursor');
export const limit = (most: number, usual: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `is not a number from 1 to ${most}`)
    .transform(Number)
    .refine((value) => value <= most, `is not a number from 1 to ${most}`)
    .optional()
    .meta({ type: 'integer', minimum: 1, maximum: most, default: usual });

/** A credential as the browser made it; browsers add members, which are let through. */
const credential = (response: z.ZodType) =>
  z.looseObject({ id: base64url.max(1364), rawId: base64url.max(1364), type: z.literal('public-key'), response });

export const registrationCredential = credential(
  z.looseObject({ clientDataJSON: base64url, attestationObject: base64url }),
).meta({
  id: 'RegistrationCredential',
  description: 'RegistrationResponseJSON: what `PublicKeyCredential.toJSON()` gives (WebAuthn L3 §5.1).',
});

export const authenticationCredential = credential(
  z.looseObject({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url }),
).meta({
  id: 'AuthenticationCredential',
  description: 'AuthenticationResponseJSON: what `PublicKeyCredential.toJSON()` gives (WebAuthn L3 §5.1).',
});

export const creationOptions = z.looseObject({ challenge: z.string(), rp: z.looseObject({ id: z.string() }) }).meta({
  id: 'CreationOptions',
  description: 'PublicKeyCredentialCreationOptionsJSON, for `parseCreationOptionsFromJSON`.',
});

export const requestOptions = z.looseObject({ challenge: z.string(), rpId: z.string() }).meta({
  id: 'RequestOptions',
  description: 'PublicKeyCredentialRequestOptionsJSON, for `parseRequestOptionsFromJSON`.',
});

export const empty = z.strictObject({});
