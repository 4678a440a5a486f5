import { baseSettings, listenAddress } from '@countersign/platform';
import { z } from 'zod';
import { trustedProxies } from './domain/address.js';

/** An origin and nothing else: https, or http on localhost only. */
const isPublicUrl = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.origin !== text) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost');
};

const areNetworks = (text: string): boolean => {
  try {
    trustedProxies(text);
    return true;
  } catch {
    return false;
  }
};

const isLoopback = (listen: string): boolean => /^(127\.|\[::1\])/.test(listen);

export const gatewaySettings = baseSettings
  .extend({
    publicUrl: z
      .string()
      .refine(isPublicUrl, 'is not an origin: https://host, or http://localhost:port; without a path or final slash')
      .describe('origin at which clients reach the API, e.g. https://login.bank.example; cookies and links follow it'),
    httpListen: listenAddress
      .default('127.0.0.1:0')
      .describe('ip:port of the HTTP listener; on loopback, or anywhere behind a proxy that speaks TLS'),
    behindTlsProxy: z
      .stringbool()
      .default(false)
      .describe('true: a proxy in front speaks TLS, so plain HTTP may listen beyond loopback'),
    trustedProxies: z
      .string()
      .refine(areNetworks, 'is not a list of networks like 10.0.0.0/8,fd00::/8')
      .default('')
      .describe('networks of the proxies whose X-Forwarded-For is believed, comma-separated; empty: none'),
  })
  .refine(({ httpListen, behindTlsProxy }) => behindTlsProxy || isLoopback(httpListen), {
    path: ['httpListen'],
    message: 'plain HTTP listens on loopback only, unless behindTlsProxy says that a proxy speaks TLS',
  });

export type GatewaySettings = z.output<typeof gatewaySettings>;
