import { toBase64Url, sha256 } from './bytes.js';
import { canonicalBytes } from './json.js';

/** A sensitive action as the bank's server is about to carry it out. */
export interface ActionDocument {
  /** Name in the tenant's policy, e.g. `payee.add`. */
  name: string;
  /** Whatever makes this action this one: JSON. */
  parameters?: Record<string, unknown>;
}

/** base64url SHA-256 of the canonical JSON of `{name, parameters}`; what a grant is bound to. */
export const actionHash = ({ name, parameters = {} }: ActionDocument): string =>
  toBase64Url(sha256(canonicalBytes({ name, parameters })));

/** Actions of the platform itself, open to every tenant without being listed in its policy. */
export const BUILT_IN_ACTIONS = ['authenticator.add', 'authenticator.remove', 'authenticator.resume'] as const;
export type BuiltInAction = (typeof BUILT_IN_ACTIONS)[number];
