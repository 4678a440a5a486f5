import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { session } from '@countersign/contracts';
import { sharedHost, type CertificateFiles, type HostProcess } from '@countersign/e2e';
import { createDevelopmentAuthority } from '@countersign/keys-file';
import { Client, credentials, Metadata, status, type ChannelCredentials } from '@grpc/grpc-js';

const KEYS = session.SessionServiceService.keys.path;
const folder = mkdtempSync(join(tmpdir(), 'countersign-stranger-'));

let host: HostProcess;
beforeAll(async () => {
  host = await sharedHost();
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** The status a call ends with; 0 when it was answered. */
function attempt(port: number, secure: ChannelCredentials): Promise<status> {
  const client = new Client(`127.0.0.1:${port}`, secure, { 'grpc.ssl_target_name_override': 'localhost' });
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    const end = { deadline: Date.now() + 5_000 };
    client.makeUnaryRequest(KEYS, same, same, Buffer.alloc(0), new Metadata(), end, (error) => {
      client.close();
      resolve(error?.code ?? status.OK);
    });
  });
}

const trusting = { checkServerIdentity: () => undefined };
const certified = ({ tlsCaFile, tlsCertFile, tlsKeyFile }: CertificateFiles): ChannelCredentials =>
  credentials.createSsl(readFileSync(tlsCaFile), readFileSync(tlsKeyFile), readFileSync(tlsCertFile), trusting);

if (process.env.E2E_SHAPE === 'services') {
  test('BCB-9.mtls · every service turns away plain text, no certificate, and one of another authority', async () => {
    const authority = await createDevelopmentAuthority(folder);
    const { certificateFile: tlsCertFile, keyFile: tlsKeyFile } = await authority.issue('verification');
    const { tlsCaFile } = host.info.certificates.verification!;
    const strangers = {
      plain: credentials.createInsecure(),
      nobody: credentials.createSsl(readFileSync(tlsCaFile), null, null, trusting),
      foreign: certified({ tlsCaFile, tlsCertFile, tlsKeyFile }),
    };
    const listening = host.info.processes.filter(({ service }) => service !== 'gateway');
    expect(listening).toHaveLength(7);
    for (const { port } of listening) {
      for (const stranger of Object.values(strangers)) expect(await attempt(port, stranger)).toBe(status.UNAVAILABLE);
    }
  }, 60_000);

  test('BCB-9.mtls · the certificate says who is calling, and who may', async () => {
    const { port } = host.info.processes.find(({ service }) => service === 'session')!;
    expect(await attempt(port, certified(host.info.certificates.verification!))).toBe(status.OK);
    expect(await attempt(port, certified(host.info.certificates.gateway!))).toBe(status.PERMISSION_DENIED);
  });

  test('BCB-9.mtls · every service tells how long its certificate lasts', async () => {
    for (const { service, adminPort } of host.info.processes) {
      const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      const left = new RegExp(`countersign_certificate_seconds_left\\{service="${service}"\\} (\\d+)`).exec(text)?.[1];
      expect(Number(left)).toBeGreaterThan(0);
    }
  });
} else {
  test('BCB-9.mtls · in one process no service listens: there is the API, and the operators’ port', async () => {
    expect(await host.control('host', 'listeners', {})).toBe(2);
  });
}
