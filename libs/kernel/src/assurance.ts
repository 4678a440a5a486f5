/** Assurance from weak to strong, see docs/protocols/assurance.md; `phr` and `phrh` are OpenID EAP ACR values. */
export const ACR_ORDER = ['phr1', 'phr', 'phrh'] as const;
export type Acr = (typeof ACR_ORDER)[number];

/** Whether an assurance is at least the one needed; one that nobody knows reaches nothing. */
export const acrReaches = (acr: string, needed: Acr): boolean =>
  ACR_ORDER.indexOf(acr as Acr) >= ACR_ORDER.indexOf(needed);

/**
 * How firmly a key is bound to one device: `any`; `device-bound-claimed`, the authenticator says so (backup eligibility 0);
 * `device-bound-attested`, its maker vouches for it.
 */
export const ASSURANCE_LEVELS = ['any', 'device-bound-claimed', 'device-bound-attested'] as const;

/** Where an authenticator keeps its keys (FIDO Registry of Predefined Values §3.2, `KEY_PROTECTION`). */
export const KEY_PROTECTIONS = ['software', 'hardware', 'tee', 'secure_element', 'remote_handle'] as const;
const HARDWARE: readonly string[] = ['hardware', 'tee', 'secure_element'];

/** What is asked of a credential, for signing in to an application or for an action. Lists name what is accepted. */
export interface AssuranceNeeds {
  level: (typeof ASSURANCE_LEVELS)[number];
  /** Whether a key that was copied to a passkey provider is accepted. */
  synced: boolean;
  userVerification: 'required' | 'preferred';
  transports: 'any' | readonly string[];
  /** COSE algorithms. */
  algorithms: readonly number[];
  keyProtection: 'any' | readonly string[];
  /** UUID texts of authenticator models. */
  aaguids: 'any' | readonly string[];
}

/** What is known of a credential. */
export interface CredentialTraits {
  backupEligible: boolean;
  backupState: boolean;
  userVerified: boolean;
  /** `anchored`: the maker's certificate was verified (WebAuthn L3 §6.5.4). */
  attestationTrust: string;
  /** As the client named them when the key was made; nobody vouches for them. */
  transports: readonly string[];
  algorithm: number;
  /** UUID text; empty where an anchor vouches for the key and nobody for the model: that is on no list. */
  aaguid: string;
  /** Out of the attestation; empty when it says nothing. */
  keyProtection: readonly string[];
}

type Rule = (needs: AssuranceNeeds, has: CredentialTraits) => boolean;

/** Each requirement with what satisfies it. What is unknown satisfies nothing. */
const RULES = {
  device_bound: ({ level }, has) => level === 'any' || !has.backupEligible,
  attestation: ({ level }, has) => level !== 'device-bound-attested' || attested(has),
  model: ({ aaguids }, has) => accepts(aaguids, has),
  key_protection: (needs, has) =>
    protectedAsAsked(needs, has) && !(needs.level === 'device-bound-attested' && soft(has)),
  synced: ({ synced }, has) => synced || !has.backupState,
  user_verification: ({ userVerification }, has) => userVerification === 'preferred' || has.userVerified,
  transports: ({ transports }, has) => transports === 'any' || transports.some((each) => has.transports.includes(each)),
  algorithm: ({ algorithms }, has) => algorithms.includes(has.algorithm),
} as const satisfies Record<string, Rule>;

export type Requirement = keyof typeof RULES;

/** The requirements there are, in the order they are told. */
export const REQUIREMENTS = Object.keys(RULES) as Requirement[];

const attested = ({ attestationTrust }: CredentialTraits): boolean => attestationTrust === 'anchored';

const accepts = (aaguids: AssuranceNeeds['aaguids'], { aaguid }: CredentialTraits): boolean =>
  aaguids === 'any' || aaguids.includes(aaguid);

/** Its own attestation says that no hardware guards the key. */
const soft = ({ keyProtection }: CredentialTraits): boolean =>
  keyProtection.length > 0 && !keyProtection.some((each) => HARDWARE.includes(each));

/** What an attestation says counts only where somebody vouches for the attestation. */
const protectedAsAsked = ({ keyProtection: asked }: AssuranceNeeds, has: CredentialTraits): boolean =>
  asked === 'any' || (attested(has) && asked.some((each) => has.keyProtection.includes(each)));

/** The requirements a credential does not satisfy; empty when it is good enough. */
export const unmetRequirements = (needs: AssuranceNeeds, has: CredentialTraits): Requirement[] =>
  REQUIREMENTS.filter((name) => !RULES[name](needs, has));

/** What an action asks where its application asks `signIn`: members it names replace those; the person is always verified. */
export function actionNeeds(
  signIn: AssuranceNeeds,
  { acr, assurance }: { acr: string; assurance?: Partial<AssuranceNeeds> },
): AssuranceNeeds {
  const needs: AssuranceNeeds = { ...signIn, ...assurance, userVerification: 'required' };
  return acr === 'phrh' ? { ...needs, level: 'device-bound-attested' } : needs;
}

/** The least `acr` of a proof that satisfies what is asked; as `acr_values` it says what a step-up has to reach. */
export const leastAcr = ({ level }: Pick<AssuranceNeeds, 'level'>): Acr =>
  level === 'device-bound-attested' ? 'phrh' : 'phr';

/**
 * What one WebAuthn proof is worth. `phr1`: phishing-resistant, one factor, because the person was not verified. `phr`: and
 * the person was. `phrh`: and the key is bound to attested hardware of an accepted model.
 *
 * @param aaguids models the policy accepts where the proof was given
 */
export function acrOf(has: CredentialTraits, { aaguids }: Pick<AssuranceNeeds, 'aaguids'>): Acr {
  if (!has.userVerified) return 'phr1';
  const bound = !has.backupEligible && attested(has) && !soft(has);
  return bound && accepts(aaguids, has) ? 'phrh' : 'phr';
}

/** Methods by RFC 8176 §2. `fpt` or `face` are never claimed: the server cannot know which. */
export function amrOf(has: CredentialTraits): string[] {
  const key = has.backupEligible || soft(has) ? 'swk' : 'hwk';
  return has.userVerified ? [key, 'user', 'mfa', 'pop'] : [key, 'user', 'pop'];
}
