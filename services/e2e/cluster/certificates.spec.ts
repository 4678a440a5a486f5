import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createDevelopmentAuthority, type DevelopmentAuthority } from '@countersign/keys-file';
import { RELEASE, helmTest } from './harness/charts.js';
import { image, nameOf } from './harness/images.js';
import { podSpec, type Mounts } from './harness/pods.js';
import { labelsOf } from './harness/probes.js';
import { apply, kubectl, read } from './harness/programs.js';
import { certificateOf, standard, type Standard } from './harness/standard.js';
import { secret } from './harness/backends.js';

jest.setTimeout(600_000);

const POD = 'caller';
const OF_ANOTHER =
  'verification: COUNTERSIGN_TLS_CERT_FILE: /etc/countersign/verification/tls/tls.crt is a certificate of risk, not of verification';

/**
 * Asks a service over gRPC by the name that the image's own command line uses, and prints the code it got: the TLS handshake, then
 * whether the certificate's name may call.
 */
const PROGRAM = `
const { connect } = require('node:tls');
const { readFileSync, existsSync } = require('node:fs');
const [host, name] = process.argv.slice(1);
const read = (file) => existsSync('/certificate/' + file) ? readFileSync('/certificate/' + file) : undefined;
const socket = connect({ host, port: 7000, cert: read('tls.crt'), key: read('tls.key'), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
const end = (what) => { console.log(what); process.exit(); };
socket.once('secureConnect', () => { socket.write('PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' + '\\0\\0\\0\\4\\0\\0\\0\\0\\0'); });
socket.once('data', () => end('served until ' + new Date(socket.getPeerCertificate().valid_to).toISOString()));
socket.once('error', (error) => end('refused ' + error.code));
socket.once('close', () => end('refused closed'));
setTimeout(() => end('nothing'), 5000);
`;

describe('certificates between services', () => {
  let platform: Standard;
  let stranger: DevelopmentAuthority;

  beforeAll(async () => {
    platform = await standard();
    stranger = await createDevelopmentAuthority(mkdtempSync(join(tmpdir(), 'countersign-stranger-')));
  });

  afterAll(() =>
    kubectl('delete', 'pod', POD, '--namespace', platform.namespace, '--ignore-not-found', '--wait=false'),
  );

  /** What session answers a pod that policies take for verification, with the certificate in a Secret, or none. */
  async function answerTo(certificate?: string): Promise<string> {
    const { namespace } = platform;
    await kubectl('delete', 'pod', POD, '--namespace', namespace, '--ignore-not-found', '--wait');
    const mounts: Mounts = certificate ? { '/certificate': { secret: certificate } } : {};
    const command = ['/usr/local/bin/node', '-e', 'setInterval(() => {}, 1e6)'];
    const spec = podSpec({ image: nameOf(image('now')), command, mounts });
    const labels = { ...labelsOf('verification'), probe: 'true' };
    await apply(namespace, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: POD, labels },
      spec: { ...spec, terminationGracePeriodSeconds: 0 },
    });
    await kubectl('wait', `pod/${POD}`, '--for=condition=Ready', '--namespace', namespace, '--timeout=2m');
    return ask();
  }

  const ask = async (): Promise<string> => {
    const run = ['/usr/local/bin/node', '-e', PROGRAM, `${RELEASE}-session`];
    return (await kubectl('exec', POD, '--namespace', platform.namespace, '--', ...run)).trim();
  };

  test('BCB-9.mtls · a caller without a certificate, or with one of another authority, is refused at the handshake', async () => {
    await apply(platform.namespace, await foreign(stranger));
    expect(await answerTo()).toMatch(/^refused/);
    expect(await answerTo('foreign-tls')).toMatch(/^refused/);
    expect(await answerTo(`${RELEASE}-verification-tls`)).toMatch(/^served/);
  });

  test('BCB-9.mtls · a service given the certificate of another does not start with it, and what runs goes on with its own', async () => {
    const { namespace } = platform;
    const at = ['--namespace', namespace];
    const deployment = `deployment/${RELEASE}-verification`;
    const kept = await read<{ data: object }>('secret', `${RELEASE}-verification-tls`, ...at);
    const other = await read<{ data: object }>('secret', `${RELEASE}-risk-tls`, ...at);
    const put = (data: object): Promise<void> =>
      apply(namespace, { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${RELEASE}-verification-tls` }, data });
    await put(other.data);
    await kubectl('rollout', 'restart', deployment, ...at);
    const logs = [
      'logs',
      ...at,
      '-l',
      'app.kubernetes.io/component=verification,probe!=true',
      '-c',
      'verification',
      '--tail=-1',
    ];
    for (
      const end = Date.now() + 180_000;
      !(await kubectl(...logs).catch(() => '')).includes(OF_ANOTHER);
      await sleep(2_000)
    )
      if (Date.now() > end) throw new Error('no pod refuses the certificate of another');
    expect(await helmTest(namespace)).toMatchObject({ code: 0 });
    await put(kept.data);
    await kubectl('rollout', 'restart', deployment, ...at);
    await kubectl('rollout', 'status', deployment, ...at, '--timeout=4m');
    expect(await helmTest(namespace)).toMatchObject({ code: 0 });
  });

  test('BCB-9.mtls · a renewed certificate is used without a restart', async () => {
    const { namespace, authority } = platform;
    const pods = (): Promise<string> =>
      kubectl('get', 'pods', '--namespace', namespace, '-l', 'app.kubernetes.io/component=session', '-o', 'name');
    const [before, served] = [await pods(), await answerTo(`${RELEASE}-verification-tls`)];
    await apply(namespace, await certificateOf(authority, 'session', 25));
    // A kubelet brings changed Secrets within a minute or so.
    for (const end = Date.now() + 240_000; (await ask()) === served; await sleep(5_000))
      if (Date.now() > end) throw new Error('session still shows the certificate it had');
    expect(await pods()).toBe(before);
    expect(await helmTest(namespace)).toMatchObject({ code: 0 });
  });
});

async function foreign(authority: DevelopmentAuthority): Promise<object> {
  const { certificate, key } = await authority.issue('verification', { dnsNames: ['verification'] });
  return secret('foreign-tls', { 'tls.crt': certificate, 'tls.key': key });
}
