import { once } from 'node:events';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { serviceNameOf } from '@countersign/keys';
import { createDevelopmentAuthority, type ServiceCertificate } from './development-authority.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'authority-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const HOUR = 3_600_000;
const refused = expect.objectContaining({ code: 'certificate_refused' });
const identity = ({ certificate, key }: ServiceCertificate) => ({ cert: certificate, key });

/** Who the two sides of a mutual TLS handshake see; rejects when either refuses the other. */
async function handshake(
  ca: string,
  server: ServiceCertificate,
  client: ServiceCertificate,
): Promise<[string, string]> {
  const listener = createServer({ ...identity(server), ca, requestCert: true, rejectUnauthorized: true });
  const seen = once(listener, 'secureConnection') as Promise<[TLSSocket]>;
  const failed = once(listener, 'tlsClientError').then(([error]) => Promise.reject(error as Error));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ ...identity(client), ca, host: '127.0.0.1', port, servername: 'localhost' });
  const lost = once(socket, 'close').then(() => Promise.reject(new Error('closed')));
  for (const outcome of [seen, failed, lost]) outcome.catch(() => undefined);
  try {
    const [accepted] = await Promise.race([seen, failed, lost]);
    return [serviceNameOf(socket.getPeerCertificate().raw), serviceNameOf(accepted.getPeerCertificate().raw)];
  } finally {
    socket.destroy();
    listener.close();
  }
}

describe('the development authority', () => {
  test('BCB-9.mtls · two services it issued to name each other in a mutual handshake', async () => {
    const authority = await createDevelopmentAuthority(root);
    const [session, gateway] = [await authority.issue('session'), await authority.issue('gateway')];
    expect(await handshake(authority.certificate, session, gateway)).toEqual(['session', 'gateway']);
  });

  test('BCB-9.mtls · a certificate of another authority is refused by both sides', async () => {
    const authority = await createDevelopmentAuthority(root);
    const stranger = await createDevelopmentAuthority(join(root, 'stranger'));
    const [session, gateway] = [await authority.issue('session'), await stranger.issue('gateway')];
    await expect(handshake(authority.certificate, session, gateway)).rejects.toThrow();
    await expect(handshake(authority.certificate, gateway, session)).rejects.toThrow();
  });

  test('a leaf is P-256, lives a day, names host and service, and may not issue', async () => {
    const authority = await createDevelopmentAuthority(root);
    const leaf = new X509Certificate((await authority.issue('session')).certificate);
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(leaf.ca).toBe(false);
    expect(leaf.subjectAltName).toBe(
      'URI:spiffe://countersign/session, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(leaf.keyUsage.sort()).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    const life = Date.parse(leaf.validTo) - Date.now();
    expect(life).toBeGreaterThan(23 * HOUR);
    expect(life).toBeLessThanOrEqual(24 * HOUR);
    expect(leaf.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  });

  test('the next start uses the same authority, so running services stay trusted', async () => {
    const first = await createDevelopmentAuthority(root);
    const second = await createDevelopmentAuthority(root);
    expect(second.certificate).toBe(first.certificate);
    expect(await handshake(first.certificate, await first.issue('session'), await second.issue('risk'))).toEqual([
      'session',
      'risk',
    ]);
  });

  test('its files are closed to others', async () => {
    const { keyFile, certificateFile } = await (await createDevelopmentAuthority(root)).issue('session');
    for (const path of [keyFile, certificateFile, join(root, 'authority.key')])
      expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('the service a certificate names', () => {
  const withNames = async (names: { type: 'url' | 'dns'; value: string }[]): Promise<X509Certificate> => {
    const x509 = await import('@peculiar/x509');
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const extensions = names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
    const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=session',
      keys,
      signingAlgorithm,
      extensions,
    });
    return new X509Certificate(new Uint8Array(made.rawData));
  };
  const url = (value: string) => ({ type: 'url' as const, value });
  const dns = (value: string) => ({ type: 'dns' as const, value });

  test('BCB-9.mtls · is read from exactly one URI of ours', async () => {
    expect(serviceNameOf(await withNames([dns('localhost'), url('spiffe://countersign/session')]))).toBe('session');
  });

  test.each([
    ['no names at all', []],
    ['host names only', [dns('session')]],
    ['two of our URIs', [url('spiffe://countersign/session'), url('spiffe://countersign/gateway')]],
    ['a foreign URI beside ours', [url('spiffe://countersign/session'), url('https://bank.example')]],
    ['another trust domain', [url('spiffe://other/session')]],
    ['more path', [url('spiffe://countersign/session/x')]],
    ['no path', [url('spiffe://countersign/')]],
    ['another case', [url('spiffe://countersign/Session')]],
    ['a query', [url('spiffe://countersign/session?x')]],
    ['a URI smuggled in a host name', [dns('a, URI:spiffe://countersign/session')]],
    ['a quoted smuggle', [dns('a", URI:spiffe://countersign/session, DNS:"b')]],
    ['two in one URI', [url('spiffe://countersign/session, URI:spiffe://countersign/gateway')]],
  ])('BCB-9.mtls · %s: refused', async (_, names) => {
    const certificate = await withNames(names);
    expect(() => serviceNameOf(certificate)).toThrow(refused);
  });

  test('BCB-9.mtls · what is no certificate is refused', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => serviceNameOf(new Uint8Array())).toThrow(refused);
    expect(() => serviceNameOf(publicKey.export({ format: 'der', type: 'spki' }))).toThrow(refused);
  });
});
