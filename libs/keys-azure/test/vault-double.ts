import {
  constants,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A double of Azure Key Vault's REST API, written from its documentation: create, get, list, list versions, update, sign,
 * wrapKey, unwrapKey, the 401 challenge, and 403 for what is disabled. It proves how our client is wired, and nothing
 * about a real vault; docs/operators/keys.md has the steps for a try on one.
 */

interface Version {
  id: string;
  privateKey: KeyObject;
  keyOps: string[];
  enabled: boolean;
  created: number;
  tags: Record<string, string>;
  kty: string;
}

interface Body {
  kty?: string;
  key_ops?: string[];
  tags?: Record<string, string>;
  attributes?: { enabled?: boolean };
  alg?: string;
  value?: string;
}

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly inner?: string,
  ) {
    super(code);
  }
}

const TOKEN = 'Bearer token-of-the-test';
const PAGE = 2;

export interface VaultDouble {
  url: string;
  /** Calls it answered, e.g. `POST /keys/k/v/sign`, without queries. */
  calls: string[];
  keys: Map<string, Version[]>;
  /** Answers everything with this status until it is unset. */
  failing: number | undefined;
  stop(): Promise<void>;
}

/** @param tls certificate of the double, PEM; the client takes its token to nobody without TLS */
export async function startVaultDouble(tls: { key: string; cert: string }): Promise<VaultDouble> {
  const keys = new Map<string, Version[]>();
  const double: VaultDouble = { url: '', calls: [], keys, failing: undefined, stop: () => stop(server) };
  const server = createServer(tls, (request, response) => void answer(double, request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  double.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return double;
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((closed) => server.close(() => closed()));
}

async function answer(double: VaultDouble, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', double.url);
  const send = (status: number, body: object, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  const challenge = `Bearer authorization="${double.url}/tenant", resource="https://vault.azure.net"`;
  if (request.headers.authorization !== TOKEN) return send(401, {}, { 'www-authenticate': challenge });
  if (double.failing) return send(double.failing, { error: { code: 'Failing', message: 'told to' } });
  double.calls.push(`${request.method} ${url.pathname}`);
  try {
    send(200, route(double, request.method ?? '', url, await bodyOf(request)));
  } catch (error) {
    const { status, code, inner } = error instanceof Refused ? error : new Refused(400, 'BadParameter');
    send(status, { error: { code, message: code, ...(inner && { innererror: { code: inner } }) } });
  }
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return (chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}) as Body;
}

function route(double: VaultDouble, method: string, url: URL, body: Body): object {
  const [, , name = '', version = '', operation = ''] = url.pathname.split('/');
  if (method === 'GET' && name === '') return page(double, url, [...double.keys.values()].map(latestOf(double)));
  if (method === 'POST' && version === 'create') return create(double, name, body);
  const versions = double.keys.get(name);
  if (!versions) throw new Refused(404, 'KeyNotFound');
  if (method === 'GET' && version === 'versions') return page(double, url, versions.map(itemOf(double, name)));
  const found = version === '' ? versions.at(-1) : versions.find(({ id }) => id === version);
  if (!found) throw new Refused(404, 'KeyNotFound');
  if (method === 'PATCH') return update(double, name, found, body);
  if (!found.enabled) throw new Refused(403, 'Forbidden', 'KeyDisabled');
  if (method === 'GET') return bundleOf(double, name, found);
  return { kid: kidOf(double, name, found), value: operate(found, operation, body) };
}

const kidOf = ({ url }: VaultDouble, name: string, { id }: Version): string => `${url}/keys/${name}/${id}`;
const attributesOf = ({ enabled, created }: Version): object => ({ enabled, created, updated: created });
const itemOf =
  (double: VaultDouble, name: string) =>
  (version: Version): object => ({
    kid: kidOf(double, name, version),
    attributes: attributesOf(version),
    tags: version.tags,
  });
const latestOf =
  (double: VaultDouble) =>
  (versions: Version[]): object => {
    const name = [...double.keys].find(([, kept]) => kept === versions)![0];
    return { ...itemOf(double, name)(versions.at(-1)!), kid: `${double.url}/keys/${name}` };
  };

/** Two entries a page, so that whoever reads only the first is found out. */
function page({ url: base }: VaultDouble, url: URL, items: object[]): object {
  const skip = Number(url.searchParams.get('skip') ?? 0);
  const next = `${base}${url.pathname}?api-version=x&skip=${skip + PAGE}`;
  return { value: items.slice(skip, skip + PAGE), nextLink: skip + PAGE < items.length ? next : null };
}

function create(double: VaultDouble, name: string, { kty = '', key_ops: keyOps = [], tags = {} }: Body): object {
  const version: Version = {
    id: randomBytes(16).toString('hex'),
    privateKey: kty.startsWith('EC')
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
    keyOps,
    enabled: true,
    created: Math.floor(Date.now() / 1000),
    tags,
    kty,
  };
  double.keys.set(name, [...(double.keys.get(name) ?? []), version]);
  return bundleOf(double, name, version);
}

function bundleOf(double: VaultDouble, name: string, version: Version): object {
  const {
    kty: _kty,
    d: _d,
    p: _p,
    q: _q,
    dp: _dp,
    dq: _dq,
    qi: _qi,
    ...jwk
  } = version.privateKey.export({
    format: 'jwk',
  });
  const key = { ...jwk, kid: kidOf(double, name, version), kty: version.kty, key_ops: version.keyOps };
  return { key, attributes: attributesOf(version), tags: version.tags };
}

function update(double: VaultDouble, name: string, version: Version, { tags, attributes }: Body): object {
  if (tags) version.tags = tags;
  if (attributes?.enabled !== undefined) version.enabled = attributes.enabled;
  return bundleOf(double, name, version);
}

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };

function operate(version: Version, operation: string, { alg, value = '' }: Body): string {
  const input = Buffer.from(value, 'base64url');
  const key = version.privateKey;
  if (operation === 'sign' && alg === 'ES256' && version.keyOps.includes('sign'))
    return signDigest(key, input).toString('base64url');
  if (operation === 'wrapkey' && alg === 'RSA-OAEP-256' && version.keyOps.includes('wrapKey'))
    return publicEncrypt({ key, ...OAEP }, input).toString('base64url');
  if (operation === 'unwrapkey' && alg === 'RSA-OAEP-256' && version.keyOps.includes('unwrapKey'))
    return privateDecrypt({ key, ...OAEP }, input).toString('base64url');
  throw new Refused(400, 'BadParameter');
}

/** Order of P-256 (SEC 2 §2.4.2). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;
const number = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
const bytes32 = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

function inverse(value: bigint, by: bigint): bigint {
  let [low, high, x, y] = [mod(value, by), by, 1n, 0n];
  while (low > 1n) [low, high, x, y] = [mod(high, low), low, y - (high / low) * x, x];
  return mod(x, by);
}

/**
 * ECDSA over a digest as it comes (FIPS 186-5 §6.4.1), which node:crypto does not do: it would hash again. The one-time
 * key pair is node's; only the arithmetic that joins it with the key is ours.
 */
function signDigest(key: KeyObject, digest: Buffer): Buffer {
  if (digest.length !== 32) throw new Refused(400, 'BadParameter');
  const once = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const [k, d] = [once.d!, key.export({ format: 'jwk' }).d!].map((part) => number(Buffer.from(part, 'base64url')));
  const r = mod(number(Buffer.from(once.x!, 'base64url')), N);
  return Buffer.concat([bytes32(r), bytes32(mod(inverse(k!, N) * (number(digest) + r * d!), N))]);
}
