import { canonicalJson, refuse } from '@countersign/kernel';
import { expectThat, refuseFaults, type Fault } from './fault.js';
import { nameFaults } from './names.js';
import { originFaults } from './origins.js';
import { readPublicKeys, type PublicKeySet } from './public-keys.js';

/** An application as it was asked for; `jwks` is JSON text or empty. */
export interface ApplicationRequest {
  type: string;
  name: string;
  /** In the domain of the RP id. */
  origins: readonly string[];
  /** Outside of it (WebAuthn L3 §5.11). */
  relatedOrigins: readonly string[];
  scopes: readonly string[];
  jwks: string;
  withSecret: boolean;
}

export interface NewApplication {
  type: 'web' | 'native' | 'server';
  name: string;
  /** All pages it may have, related ones included: the allow-list of ceremonies and of CORS alike. */
  origins: readonly string[];
  scopes: readonly string[];
  jwks?: PublicKeySet;
}

/**
 * An application that may be registered: web and native ones are public (origins, no credentials of their own), a server
 * authenticates itself with keys or a secret and has scopes.
 *
 * @param knownScopes what a server may be allowed to do
 * @throws `application_invalid` naming each wrong member
 */
export function checkApplication(
  request: ApplicationRequest,
  rpId: string,
  knownScopes: readonly string[],
): NewApplication {
  const { type, name, scopes } = request;
  const origins = [...request.origins, ...request.relatedOrigins];
  if (!isType(type)) throw refuse('application_invalid', { errors: [WRONG_TYPE, ...nameFaults(name)] });
  const keys = request.jwks === '' ? { faults: [] } : readPublicKeys(request.jwks);
  const faults = [
    ...nameFaults(name),
    ...keys.faults,
    ...(type === 'server' ? serverFaults(request, knownScopes) : publicFaults(type, request, rpId)),
  ];
  refuseFaults('application_invalid', faults);
  return { type, name, origins, scopes, ...(keys.set && { jwks: keys.set }) };
}

/** An application as it is; what may change of it is everything but its type, and its secret only gives way to keys. */
export interface KnownApplication extends NewApplication {
  hasSecret: boolean;
}

/** What an application is to be from now on. */
export type ApplicationChange = Omit<ApplicationRequest, 'type' | 'withSecret'>;

/** Members that can differ, as the event names them. */
export type ChangedMember = 'name' | 'origins' | 'scopes' | 'keys';

/**
 * The application as a change leaves it, and what of it differs; `keepsSecret` where it goes on with the secret it has.
 *
 * @throws `application_invalid` naming each wrong member
 */
export function changeApplication(
  known: KnownApplication,
  change: ApplicationChange,
  rpId: string,
  knownScopes: readonly string[],
): { application: NewApplication; changed: ChangedMember[]; keepsSecret: boolean } {
  const keepsSecret = known.hasSecret && change.jwks === '';
  const request = { ...change, type: known.type, withSecret: keepsSecret };
  const application = checkApplication(request, rpId, knownScopes);
  const differs: Record<ChangedMember, boolean> = {
    name: application.name !== known.name,
    origins: !sameMembers(application.origins, known.origins),
    scopes: !sameMembers(application.scopes, known.scopes),
    keys: canonicalJson(application.jwks ?? null) !== canonicalJson(known.jwks ?? null),
  };
  const changed = (Object.keys(differs) as ChangedMember[]).filter((member) => differs[member]);
  return { application, changed, keepsSecret };
}

/** Neither list names anything twice. */
const sameMembers = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((each) => others.includes(each));

const WRONG_TYPE: Fault = { path: 'type', message: 'web, native or server' };

const isType = (type: string): type is NewApplication['type'] => ['web', 'native', 'server'].includes(type);

function publicFaults(type: 'web' | 'native', request: ApplicationRequest, rpId: string): Fault[] {
  const { origins, relatedOrigins, scopes, jwks, withSecret } = request;
  return [
    ...originFaults(type, origins, rpId, relatedOrigins),
    ...expectThat(scopes.length === 0, 'scopes', 'only a server has scopes'),
    ...expectThat(jwks === '', 'jwks', 'only a server has keys'),
    ...expectThat(!withSecret, 'withSecret', 'only a server can keep a secret'),
  ];
}

function serverFaults(
  { origins, relatedOrigins, scopes, jwks, withSecret }: ApplicationRequest,
  knownScopes: readonly string[],
): Fault[] {
  const unknown = scopes.filter((scope) => !knownScopes.includes(scope));
  return [
    ...expectThat(origins.length === 0, 'origins', 'a server has none'),
    ...expectThat(relatedOrigins.length === 0, 'relatedOrigins', 'a server has none'),
    ...expectThat(scopes.length > 0, 'scopes', 'at least one, or the server could do nothing'),
    ...expectThat(unknown.length === 0, 'scopes', `each one of ${knownScopes.join(', ')}`),
    ...expectThat(new Set(scopes).size === scopes.length, 'scopes', 'names a scope twice'),
    ...expectThat((jwks !== '') !== withSecret, 'jwks', 'either public keys or a secret, and not both'),
  ];
}
