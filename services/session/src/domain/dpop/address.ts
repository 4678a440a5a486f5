/** Visible ASCII without a backslash: what a URL parser would repair is refused. */
const PLAIN = /^https?:\/\/[!-[\]-~]+$/i;

/**
 * Whether `htu` names the address of the request: letter case of scheme and host, a default port, dot segments, query and
 * fragment make no difference (RFC 9449 §4.3 item 9, RFC 3986 §6.2.2 and §6.2.3); everything else does.
 */
export function isSameAddress(htu: string, address: string): boolean {
  const [named, asked] = [addressOf(htu), addressOf(address)];
  return named !== undefined && named === asked;
}

function addressOf(text: string): string | undefined {
  const url = PLAIN.test(text) ? URL.parse(text) : null;
  if (!url || url.username !== '' || url.password !== '') return undefined;
  return url.origin + url.pathname;
}
