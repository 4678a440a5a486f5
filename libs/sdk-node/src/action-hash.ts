import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** A sensitive action exactly as this server is about to carry it out. */
export interface Action {
  /** Name in the bank's policy, e.g. `payee.add`. */
  name: string;
  /** Whatever makes this action this one, as JSON. Page and server must build the same value. */
  parameters?: Record<string, unknown>;
}

/** base64url SHA-256 of the canonical JSON (RFC 8785) of `{name, parameters}`: what a grant is bound to. */
export const actionHash = ({ name, parameters = {} }: Action): string =>
  createHash('sha256')
    .update(canonicalize({ name, parameters }) as string)
    .digest('base64url');
