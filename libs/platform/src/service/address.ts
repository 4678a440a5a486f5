import { isIPv4, isIPv6 } from 'node:net';

/** Where something listens: an IP address without brackets, and a port; port 0 is any that is free. */
export interface HostPort {
  host: string;
  port: number;
}

const SPLIT = /^(?:\[([\da-f:]+)\]|([^[\]:]+)):(0|[1-9]\d{0,4})$/i;
/** A name as DNS has it (RFC 1123 §2.1); what ends in a number is an address that is none. */
const NAME = /^(?=.{1,253}$)(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)*(?!\d+$)[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/** `127.0.0.1:7000` or `[::]:7000`; undefined for anything else. */
export function parseListen(text: string): HostPort | undefined {
  const [, v6, host = v6 ?? '', port] = SPLIT.exec(text) ?? [];
  const known = v6 === undefined ? isIPv4(host) : isIPv6(host);
  return known && Number(port) <= 65535 ? { host, port: Number(port) } : undefined;
}

export const isListen = (text: string): boolean => parseListen(text) !== undefined;

/** Whether this is `ip:port` of a peer, IPv4. */
export const isPeerAddress = (text: string): boolean => {
  const at = parseListen(text);
  return at !== undefined && isIPv4(at.host) && at.port > 0;
};

/** Whether this is `name:port` of a peer: DNS tells the addresses of its replicas. */
export function isPeerName(text: string): boolean {
  const [, , host = '', port] = SPLIT.exec(text) ?? [];
  return NAME.test(host) && Number(port) > 0 && Number(port) <= 65535;
}
