import { toBase64Url } from './base64url.js';
import { canonicalJson } from './canonical-json.js';

/** A sensitive action exactly as the bank's server is going to carry it out. */
export interface Action {
  /** Name in the bank's policy, e.g. `payee.add`. */
  name: string;
  /** Whatever makes this action this one, as JSON. Page and server must build the same value. */
  parameters?: Record<string, unknown>;
}

/** base64url SHA-256 of the canonical JSON (RFC 8785) of `{name, parameters}`: what a grant is bound to. */
export async function actionHash({ name, parameters = {} }: Action): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalJson({ name, parameters }));
  return toBase64Url(await crypto.subtle.digest('SHA-256', bytes));
}
