import { describe, expect, test } from '@jest/globals';
import { limitNetwork, peerAddress, recordNetwork, trustedProxies } from './address.js';

const nobody = trustedProxies('');
const proxies = trustedProxies('10.0.0.0/8,fd00::/8');

describe('the address a request came from', () => {
  test('R9 · without trusted proxies X-Forwarded-For counts for nothing', () => {
    expect(peerAddress('203.0.113.7', '198.51.100.1', nobody)).toBe('203.0.113.7');
    expect(peerAddress('203.0.113.7', '198.51.100.1', proxies)).toBe('203.0.113.7');
  });

  test.each([
    ['one proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a chain of proxies', '10.0.0.1', '198.51.100.1, 10.2.0.1 ,10.3.0.1', '198.51.100.1'],
    ['what the client put in front of it', '10.0.0.1', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
    ['nothing forwarded', '10.0.0.1', undefined, '10.0.0.1'],
    ['what is no address', '10.0.0.1', '1.2.3.4, unknown', '10.0.0.1'],
    ['an empty entry', '10.0.0.1', '1.2.3.4,', '10.0.0.1'],
    ['IPv6 through IPv6', 'fd00::1', '2001:DB8::7', '2001:db8::7'],
    ['an IPv4 socket that came as IPv6', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['an address with a zone', 'fe80::1%eth0', undefined, 'fe80::1'],
  ])('R9 · %s', (_name, socket, forwarded, peer) => {
    expect(peerAddress(socket, forwarded, proxies)).toBe(peer);
  });

  test.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'proxy/8', '/8', '10.0.0.0/-1'])('%s is no network', (cidr) => {
    expect(() => trustedProxies(cidr)).toThrow(RangeError);
  });
});

describe('networks', () => {
  test('R9 · an IPv6 customer has one count however many addresses it uses, and however they are written', () => {
    const spelt = ['2001:db8:1:2::1', '2001:0db8:0001:0002:ffff::', '2001:DB8:1:2:0:0:0:9'];
    expect(new Set(spelt.map(limitNetwork))).toEqual(new Set(['2001:db8:1:2']));
    expect(limitNetwork('2001:db8::1')).toBe('2001:db8:0:0');
    expect(limitNetwork('::1')).toBe('0:0:0:0');
    expect(limitNetwork('203.0.113.7')).toBe('203.0.113.7');
  });

  test('a record tells /24 and /48 apart and no more', () => {
    expect(recordNetwork('203.0.113.7')).toBe('203.0.113');
    expect(recordNetwork('2001:db8:1:2::1')).toBe('2001:db8:1');
  });
});
