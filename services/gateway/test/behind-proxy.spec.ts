import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { StartedService } from '@countersign/platform';
import { gatewaySettings } from '../src/settings.js';
import { House, WEB, type Received } from './fakes/house.js';

const PUBLIC_URL = 'https://login.bank.example';
const OPTIONS = '/v1/passkey/authenticate/options';

const FILES = Object.fromEntries(
  ['tlsCertFile', 'tlsKeyFile', 'tlsCaFile', 'databaseUrlFile', 'relayUrlFile', 'snapshotKeysFile'].map((name) => [
    name,
    'x',
  ]),
);

let house: House;
beforeAll(async () => {
  house = await House.open({
    policy: { limits: { perAddressPerMinute: 10, perUserPerMinute: 5, perTenantPerSecond: 1_000 } },
  });
});
afterAll(() => house.stop());

/** Counts begin anew with each minute: a test that would run into the next one waits for it. */
beforeEach(async () => {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 8_000) await sleep(left + 100);
}, 15_000);

const behindProxy = (httpListen: string, trustedProxies: string): Promise<StartedService> =>
  house.startGateway({ publicUrl: PUBLIC_URL, httpListen, behindTlsProxy: 'true', trustedProxies });

const forwarded = (chain: string, gateway: StartedService): Promise<Received> =>
  house.send(OPTIONS, { method: 'POST', headers: { 'countersign-client': WEB, 'x-forwarded-for': chain } }, gateway);

async function exhaust(chain: string, gateway: StartedService): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) expect((await forwarded(chain, gateway)).status).toBe(200);
  expect((await forwarded(chain, gateway)).status).toBe(429);
}

describe('CARD-8.gateway · behind a proxy that speaks TLS', () => {
  test.each(['0.0.0.0:0', '[::]:0'])('listening on %s, limits count by the address the proxy saw', async (listen) => {
    const gateway = await behindProxy(listen, '127.0.0.0/8');
    const client = listen.startsWith('[') ? '203.0.113.2' : '203.0.113.1';
    await exhaust(client, gateway);
    expect((await forwarded(`${client}, 203.0.113.77`, gateway)).status).toBe(200);
    await gateway.stop();
  });

  test('whoever is not in the networks of the proxies is believed nothing: all such requests count as one', async () => {
    const gateway = await behindProxy('0.0.0.0:0', '10.244.0.0/16');
    for (let turn = 0; turn < 10; turn += 1) await forwarded(`203.0.113.${100 + turn}`, gateway);
    expect((await forwarded('203.0.113.250', gateway)).status).toBe(429);
    await gateway.stop();
  });

  test('links, cookies and problems follow the public URL, whatever host and scheme the request names', async () => {
    const gateway = await behindProxy('0.0.0.0:0', '127.0.0.0/8');
    const lies = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' };
    for (const path of ['/v1/nothing', '/v1/t/bank/.well-known/openid-configuration']) {
      const { text, headers } = await house.send(path, { headers: { host: 'evil.example', ...lies } }, gateway);
      expect(text).toContain(PUBLIC_URL);
      expect(`${text}${JSON.stringify(headers)}`).not.toContain('evil.example');
      expect(headers['strict-transport-security']).toContain('max-age=');
    }
    await gateway.stop();
  });

  test('R25 · without one, plain HTTP listens on loopback only', () => {
    const listen = (httpListen: string, behindTlsProxy: string) => {
      const { error } = gatewaySettings.safeParse({ ...FILES, publicUrl: PUBLIC_URL, httpListen, behindTlsProxy });
      return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join() ?? '';
    };
    for (const address of ['0.0.0.0:8080', '[::]:8080', '10.0.0.1:8080']) {
      expect(listen(address, 'false')).toMatch(/^httpListen: plain HTTP listens on loopback only/);
      expect(listen(address, 'true')).toBe('');
    }
    for (const address of ['127.0.0.1:8080', '[::1]:8080']) expect(listen(address, 'false')).toBe('');
    for (const address of ['name:8080', '8080', '0.0.0.0', '300.0.0.1:80', '0.0.0.0:65536'])
      expect(listen(address, 'true')).toBe('httpListen: is not ip:port');
  });
});
