import { ASSURANCE_LEVELS, KEY_PROTECTIONS } from '@countersign/kernel';
import { z } from 'zod';
import { coseAlgorithms } from './algorithms.js';
import { distinct } from './distinct.js';

const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'] as const;
const AAGUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const any = z.literal('any');

/** What a scope may ask of a credential (docs/protocols/assurance.md). `any` asks nothing; an empty list is refused. */
const members = {
  /** How firmly the key is bound to one device. */
  level: z.enum(ASSURANCE_LEVELS),
  /** Whether a key that was copied to a passkey provider is accepted. */
  synced: z.boolean(),
  /** At least one of the credential's must be listed. As the client named them: nobody vouches for them. */
  transports: z.union([any, distinct(z.enum(TRANSPORTS), 'a transport')]),
  /** At least one that the attestation tells must be listed; unknown satisfies nothing. */
  keyProtection: z.union([any, distinct(z.enum(KEY_PROTECTIONS), 'a protection')]),
  /** Models, as UUIDs in lower case. Without attestation a model is only claimed. */
  aaguids: z.union([any, distinct(z.string().regex(AAGUID, 'is not a UUID in lower case'), 'a model').max(512)]),
};

/** Of the whole tenant. User verification and algorithms are those of `webauthn`. */
export const tenantAssurance = z.strictObject({
  level: members.level.default('any'),
  synced: members.synced.default(true),
  transports: members.transports.default('any'),
  keyProtection: members.keyProtection.default('any'),
  aaguids: members.aaguids.default('any'),
});

/** Of one action: what it names replaces what the application asks. A step-up always verifies the person. */
export const actionAssurance = z.strictObject({ ...members, algorithms: coseAlgorithms }).partial();

/** Of one application: what it names replaces what the tenant asks. */
export const applicationAssurance = actionAssurance.extend({
  userVerification: z.enum(['required', 'preferred']).optional(),
});
