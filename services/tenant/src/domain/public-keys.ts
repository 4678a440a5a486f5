import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { expectThat, type Fault } from './fault.js';

/** Public keys of a server, for private_key_jwt (RFC 7517 §5, RFC 7523). */
export interface PublicKeySet {
  keys: Record<string, unknown>[];
}

const MOST = 8;
const MOST_BYTES = 16 * 1024;
const LEAST_RSA_BITS = 2048;
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const KNOWN = new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use', 'alg', 'key_ops', 'ext']);

/** Reads the text of a JWK set; the faults say what is wrong with it. */
export function readPublicKeys(text: string): { set?: PublicKeySet; faults: Fault[] } {
  const value = Buffer.byteLength(text) <= MOST_BYTES ? parse(text) : undefined;
  if (!isSet(value)) return { faults: expectThat(false, 'jwks', 'a JWK set {"keys":[…]} of at most 16 KiB') };
  const { keys } = value;
  const kids = keys.map(({ kid }) => kid);
  const faults = [
    ...expectThat(Object.keys(value).length === 1, 'jwks', 'only the member `keys`'),
    ...expectThat(keys.length > 0 && keys.length <= MOST, 'jwks.keys', `1 to ${MOST} keys`),
    ...expectThat(
      keys.length === 1 || new Set(kids).size === keys.length,
      'jwks.keys',
      'each needs a `kid` of its own',
    ),
    ...keys.flatMap((key, index) => keyFaults(key, `jwks.keys.${index}`)),
  ];
  return faults.length > 0 ? { faults } : { set: { keys }, faults };
}

function keyFaults(key: Record<string, unknown>, path: string): Fault[] {
  const secret = PRIVATE.find((member) => Object.hasOwn(key, member));
  if (secret)
    return expectThat(false, path, `has the private member \`${secret}\`: it is no secret any more, make a new key`);
  const unknown = Object.keys(key).find((member) => !KNOWN.has(member));
  if (unknown) return expectThat(false, path, `has the unknown member \`${unknown.slice(0, 40)}\``);
  const algorithm = algorithmOf(key);
  if (!algorithm)
    return expectThat(false, path, `not a usable key: P-256, Ed25519, or RSA of ${LEAST_RSA_BITS} bits or more`);
  const { kid, use = 'sig', alg = algorithm } = key;
  const named = kid === undefined || (typeof kid === 'string' && /^[\x21-\x7e]{1,200}$/.test(kid));
  return [
    ...expectThat(named, `${path}.kid`, '1 to 200 visible ASCII characters'),
    ...expectThat(use === 'sig', `${path}.use`, 'sig or absent'),
    ...expectThat(alg === algorithm, `${path}.alg`, `${algorithm} or absent`),
  ];
}

/** The one algorithm a key is used with here; undefined when it is no key we accept. */
function algorithmOf(jwk: Record<string, unknown>): 'ES256' | 'EdDSA' | 'PS256' | undefined {
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'ec') return namedCurve === 'prime256v1' ? 'ES256' : undefined;
    if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
    return key.asymmetricKeyType === 'rsa' && modulusLength >= LEAST_RSA_BITS ? 'PS256' : undefined;
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSet = (value: unknown): value is PublicKeySet =>
  isObject(value) && Array.isArray(value['keys']) && value['keys'].every(isObject);
