import { describe, expect, test } from '@jest/globals';
import { readFlags } from './flags.js';

describe('flags of the benchmark', () => {
  test('without any: 20 s, 16 at a time, nobody beside us, no large case', () => {
    expect(readFlags([])).toEqual({ seconds: 20, parallel: 16, json: false });
  });

  test('a peer by its name', () => {
    expect(readFlags(['--peer', 'better-auth', '--seconds', '8', '--json'])).toEqual({
      seconds: 8,
      parallel: 16,
      json: true,
      peer: 'better-auth',
    });
  });

  test.each([
    [['--tenants', '1000', '--credentials', '1000000'], { tenants: 1_000, credentials: 1_000_000 }],
    [['--tenants', '50'], { tenants: 50, credentials: 1_000_000 }],
    [['--credentials', '20000'], { tenants: 1_000, credentials: 20_000 }],
  ])('R19 R21 · %j is a population', (args, population) => {
    expect(readFlags(args).population).toEqual(population);
  });

  test.each([[['--peer', 'constructor']], [['--peer', '../peers']], [['--pear', 'better-auth']]])(
    '%j is refused',
    (args) => expect(() => readFlags(args)).toThrow(/peer|pear/),
  );
});
