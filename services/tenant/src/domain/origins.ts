import { expectThat, type Fault } from './fault.js';
import { coversHost, isRpId } from './names.js';

const MOST = 32;
/** Android names an app by the hash of its signing certificate (WebAuthn clientData origin of a native app). */
const ANDROID = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/;

/**
 * What is wrong with the origins of a web or native application. They are compared byte for byte with what browsers send,
 * so only the exact form passes: `https://host[:port]`, `http://localhost[:port]` for development, and for native
 * applications also Android's key hash. A web origin must lie in the domain of the RP id, or no passkey would work there.
 */
export function originFaults(
  type: 'web' | 'native',
  origins: readonly string[],
  rpId: string,
  related: readonly string[],
): Fault[] {
  const all = [...origins, ...related];
  return [
    ...expectThat(type === 'native' || all.length > 0, 'origins', 'a web application needs at least one'),
    ...expectThat(all.length <= MOST, 'origins', `at most ${MOST}`),
    ...expectThat(new Set(all).size === all.length, 'origins', 'names an origin twice'),
    ...origins.flatMap((origin, index) => originFault(type, origin, rpId, `origins.${index}`)),
    ...related.flatMap((origin, index) => relatedFault(origin, rpId, `relatedOrigins.${index}`)),
  ];
}

function originFault(type: 'web' | 'native', origin: string, rpId: string, path: string): Fault[] {
  if (type === 'native' && ANDROID.test(origin)) return [];
  const host = exactHost(origin);
  if (host === undefined)
    return expectThat(false, path, 'an exact origin: https://host[:port] or http://localhost[:port], without a path');
  return expectThat(coversHost(rpId, host), path, `must be ${rpId} or a host below it`);
}

/** Those of an application's origins that lie outside of the domain of the RP id; an Android app's hash lies in none. */
export const relatedOriginsOf = (origins: readonly string[], rpId: string): string[] =>
  origins.filter((origin) => origin.startsWith('https:') && !coversHost(rpId, new URL(origin).hostname));

/**
 * A related origin is named apart from the others, so that a slip of the pen does not open the passkeys of a domain to
 * another one (WebAuthn L3 §5.11). Never for `localhost`: browsers read its list from port 443 and nowhere else.
 */
function relatedFault(origin: string, rpId: string, path: string): Fault[] {
  const host = origin.startsWith('https:') ? exactHost(origin) : undefined;
  if (host === undefined) return expectThat(false, path, 'an exact origin: https://host[:port], without a path');
  return [
    ...expectThat(rpId !== 'localhost', path, 'the RP id localhost has no related origins'),
    ...expectThat(!coversHost(rpId, host), path, `lies in the domain of ${rpId}: it is one of \`origins\``),
  ];
}

/** Host of an origin that is written exactly as browsers write it; undefined for anything else. */
function exactHost(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined;
  const url = new URL(origin);
  if (url.origin !== origin) return undefined;
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost');
  return secure && isRpId(url.hostname) ? url.hostname : undefined;
}
