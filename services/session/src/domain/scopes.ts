import { refuse } from '@countersign/kernel';

/** RFC 6749 §3.3: printable ASCII without quote and backslash. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;
const MAX_SCOPES = 32;

/**
 * Scopes a token will hold: those asked for, or all of the application's when nothing was asked.
 *
 * @param asked space-delimited
 * @throws `scope_refused` for one the application does not have
 */
export function grantScopes(asked: string, allowed: readonly string[]): string[] {
  if (asked === '') return [...allowed];
  const scopes = asked.split(' ', MAX_SCOPES + 1);
  const good = scopes.length <= MAX_SCOPES && scopes.every((scope) => SCOPE.test(scope) && allowed.includes(scope));
  if (!good) throw refuse('scope_refused');
  return [...new Set(scopes)];
}

/** What a token still covers: an application that has lost a scope has lost it in its tokens too. */
export const scopesStillHeld = (held: readonly string[], allowed: readonly string[]): string[] =>
  held.filter((scope) => allowed.includes(scope));
