import { describe, expect, test } from '@jest/globals';
import { afterAMoment, type Difference } from './provision.js';

const late: Difference = { what: 'User:a WRITE on topic b', problem: 'is missing', mendable: true };
const lasting: Difference = { what: 'topic b', problem: 'has 2 partitions, not 3', mendable: false };

/** Looks that find one thing after the other, and then the last again and again. */
function looks(...found: Difference[][]) {
  const left = [...found];
  const look = async (): Promise<Difference[]> => (left.length > 1 ? left.shift() : left[0])!;
  return { look, left };
}

describe('what was brought to Kafka just now', () => {
  test('CARD-3.kafka · is no difference when the broker that is asked hears of it a moment later', async () => {
    expect(await afterAMoment(looks([late, lasting], [late, lasting], [lasting]).look)).toEqual([lasting]);
  });

  test('is waited for no longer than told, and for nothing that bringing does not mend', async () => {
    expect(await afterAMoment(looks([late]).look, 100)).toEqual([late]);
    const { look, left } = looks([lasting], []);
    expect(await afterAMoment(look)).toEqual([lasting]);
    expect(left).toEqual([[]]);
  });
});
