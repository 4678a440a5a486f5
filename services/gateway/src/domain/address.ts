import { BlockList, isIP, isIPv4 } from 'node:net';

/** Proxies whose `X-Forwarded-For` is believed, as networks. */
export type TrustedProxies = (address: string) => boolean;

/**
 * @param cidrs comma-separated networks, e.g. `10.0.0.0/8,fd00::/8`; empty: nobody is believed
 * @throws RangeError for what is no network
 */
export function trustedProxies(cidrs: string): TrustedProxies {
  const list = new BlockList();
  for (const cidr of cidrs.split(',').filter((entry) => entry !== '')) {
    const [network, bits] = cidr.trim().split('/');
    const family = isIP(network ?? '');
    if (!family || !/^\d{1,3}$/.test(bits ?? '') || Number(bits) > (family === 4 ? 32 : 128)) {
      throw new RangeError(`not a network: ${cidr}`);
    }
    list.addSubnet(network!, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/**
 * The address a request came from: the socket's, or behind trusted proxies the right-most one of `X-Forwarded-For` that
 * is not itself a trusted proxy. What stands further left was written by the client and counts for nothing (R9).
 */
export function peerAddress(socket: string, forwardedFor: string | undefined, trusted: TrustedProxies): string {
  let peer = plainAddress(socket);
  for (const entry of (forwardedFor ?? '').split(',').reverse()) {
    const address = plainAddress(entry.trim());
    if (!trusted(peer) || !isIP(address)) return peer;
    peer = address;
  }
  return peer;
}

/** Without zone, and an IPv4 address that came as IPv6 (RFC 4291 §2.5.5.2) as what it is. */
function plainAddress(address: string): string {
  const [bare] = address.split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare!);
  return mapped ? mapped[1]! : bare!.toLowerCase();
}

/** What limits count by: an IPv4 address, or the /64 one IPv6 customer has. */
export const limitNetwork = (address: string): string => (isIPv4(address) ? address : firstGroups(address, 4));

/** What a record of refusals tells apart: /24 or /48. */
export const recordNetwork = (address: string): string =>
  isIPv4(address) ? address.slice(0, address.lastIndexOf('.')) : firstGroups(address, 3);

function firstGroups(address: string, count: number): string {
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right]
    .slice(0, count)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
