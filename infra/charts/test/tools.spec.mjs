// The judges themselves: what they would let through, no test of a chart could find.
import { describe, expect, test } from '@jest/globals';
import { manifestsOf } from '../lib/helm.mjs';
import { selects, settingsOf } from '../lib/manifests.mjs';
import { reaches } from '../lib/network.mjs';
import { violations } from '../lib/schemas.mjs';

const deployment = (change = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'one' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'one' } },
    template: { metadata: { labels: { app: 'one' } }, spec: { containers: [{ name: 'one', image: 'one' }] } },
    ...change,
  },
});

describe('schemas', () => {
  test('what is right has no violations', () => {
    expect(violations(deployment())).toEqual([]);
  });

  test.each([
    ['a field nobody knows', deployment({ replica: 2 }), '/spec must NOT have additional properties replica'],
    ['a number that is text', deployment({ replicas: '2' }), '/spec/replicas must be integer'],
    ['a field with nothing in it', deployment({ strategy: null }), '/spec/strategy must be object'],
    ['a word that is none of those known', deployment({ strategy: { type: 'Rolling' } }), 'Recreate,RollingUpdate'],
    ['a field that is missing', deployment({ selector: undefined }), "/spec must have required property 'selector'"],
    ['a kind nobody expected', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'one' } }, 'v1/Node is a kind'],
  ])('%s is found', (_, manifest, problem) => {
    expect(violations(JSON.parse(JSON.stringify(manifest)))).toEqual([expect.stringContaining(problem)]);
  });

  test('a map with a key twice is no manifest', () => {
    expect(() => manifestsOf('a: 1\nb: 2\na: 3\n')).toThrow('unique');
  });
});

describe('selectors', () => {
  test.each([
    [{}, true],
    [{ matchLabels: { app: 'one' } }, true],
    [{ matchLabels: { app: 'two' } }, false],
    [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['one', 'two'] }] }, true],
    [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['one'] }] }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, false],
  ])('%j', (selector, expected) => {
    expect(selects(selector, { app: 'one' })).toBe(expected);
  });
});

describe('network policies', () => {
  const policy = (app, spec) => ({
    kind: 'NetworkPolicy',
    metadata: { name: app },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress', 'Egress'], ...spec },
  });
  const end = (app, namespace = 'home') => ({ labels: { app }, namespace, ports: { 7000: 'grpc' } });
  const to = (app) => [{ podSelector: { matchLabels: { app } } }];
  const grpc = [{ port: 'grpc' }];
  const policies = [
    policy('a', {
      egress: [{ to: to('b'), ports: grpc }, { to: [{ ipBlock: { cidr: '10.1.0.0/16', except: ['10.1.2.0/24'] } }] }],
    }),
    policy('b', { ingress: [{ from: to('a'), ports: grpc }] }),
    policy('c', {}),
  ];
  const from = (one, other, port = 7000) => reaches(policies, one, other, { port, namespace: 'home' });

  test.each([
    ['what both ends allow', end('a'), end('b'), 7000, true],
    ['another port', end('a'), end('b'), 7001, false],
    ['the way back', end('b'), end('a'), 7000, false],
    ['who is not allowed in', end('c'), end('b'), 7000, false],
    ['a pod of the same labels elsewhere', end('a', 'elsewhere'), end('b'), 7000, false],
    ['a pod that no policy selects, from one that may not leave', end('a'), end('open'), 7000, false],
    ['a pod that no policy selects, from another such', end('free'), end('open'), 7000, true],
    ['an address in a block', end('a'), { address: '10.1.9.9' }, 443, true],
    ['an address in a hole of that block', end('a'), { address: '10.1.2.9' }, 443, false],
    ['an address elsewhere', end('a'), { address: '10.2.0.1' }, 443, false],
  ])('%s', (_, one, other, port, expected) => {
    expect(from(one, other, port)).toBe(expected);
  });
});

test('settings are read as lines', () => {
  expect(settingsOf('# so\nA=1\nB=c=d\n')).toEqual({ A: '1', B: 'c=d' });
});
