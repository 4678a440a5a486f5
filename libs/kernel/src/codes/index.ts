import { auditCodes } from './audit.js';
import { challengeCodes } from './challenge.js';
import { enrollmentCodes } from './enrollment.js';
import { gatewayCodes } from './gateway.js';
import { generalCodes } from './general.js';
import { keysCodes } from './keys.js';
import { metadataCodes } from './metadata.js';
import { riskCodes } from './risk.js';
import { sessionCodes } from './session.js';
import { tenantCodes } from './tenant.js';
import { verificationCodes } from './verification.js';
import { webauthnCodes } from './webauthn.js';
import type { CodeEntry } from './entry.js';

const table = {
  ...generalCodes,
  ...gatewayCodes,
  ...tenantCodes,
  ...enrollmentCodes,
  ...challengeCodes,
  ...verificationCodes,
  ...webauthnCodes,
  ...metadataCodes,
  ...riskCodes,
  ...sessionCodes,
  ...auditCodes,
  ...keysCodes,
} as const;

/** Every code an answer can carry. `docs/errors.md` is generated from this table. */
export type Code = keyof typeof table;
export const CODES: Record<Code, CodeEntry> = table;
export const isCode = (value: string): value is Code => Object.hasOwn(CODES, value);
