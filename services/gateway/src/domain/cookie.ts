/** Names of our cookies and how they are set, by how clients reach us. */
export interface CookieJar {
  session: string;
  enrollment: string;
  /** `Set-Cookie` that keeps a value until the browser closes, or for `maxAge` seconds. */
  set(name: string, value: string, maxAge?: number): string;
  /** `Set-Cookie` that removes it. */
  clear(name: string): string;
}

/**
 * `__Host-` binds a cookie to this very host (RFC 6265bis §4.1.3.2). Without TLS, which only localhost may do, browsers
 * take neither the prefix nor `Secure`.
 */
export function cookieJar(publicUrl: string): CookieJar {
  const secure = publicUrl.startsWith('https:');
  const prefix = secure ? '__Host-' : '';
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return {
    session: `${prefix}countersign`,
    enrollment: `${prefix}countersign-enrollment`,
    set: (name, value, maxAge) =>
      `${name}=${value}; ${attributes}${maxAge === undefined ? '' : `; Max-Age=${Math.max(0, Math.floor(maxAge))}`}`,
    clear: (name) => `${name}=; ${attributes}; Max-Age=0`,
  };
}

/** Values under a name in a `Cookie` header, in order; the name is compared exactly. */
export const cookieValues = (header: string | undefined, name: string): string[] =>
  (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
