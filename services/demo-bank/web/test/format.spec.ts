import { describe, expect, test } from '@jest/globals';
import { formatIban, formatMoney, plainIban, platformName } from '../src/format.js';

describe('what people type and read', () => {
  test('an IBAN is read in groups and sent without', () => {
    expect(formatIban('DE89370400440532013000')).toBe('DE89 3704 0044 0532 0130 00');
    expect(plainIban(' de89 3704 0044 0532 0130 00 ')).toBe('DE89370400440532013000');
  });

  test('money shows its sign where it moved', () => {
    expect(formatMoney({ amount: '2500.00', currency: 'EUR' })).toBe('€2,500.00');
    expect(formatMoney({ amount: '2500.00', currency: 'EUR' }, true)).toBe('+€2,500.00');
    expect(formatMoney({ amount: '-25.50', currency: 'EUR' }, true)).toBe('-€25.50');
  });

  test('systems are written as their makers write them, and one without a name is no blank', () => {
    expect(['macos', 'linux', 'other', ''].map(platformName)).toEqual([
      'macOS',
      'Linux',
      'Unknown device',
      'Unknown device',
    ]);
  });
});
