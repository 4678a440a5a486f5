import { describe, expect, test } from '@jest/globals';
import { jwksOf } from '../tokens/jwks.js';
import { MemoryBacking } from './memory-backing.js';
import { advanceRotation } from './rotation.js';
import { SoftwareKeyStore } from './software-key-store.js';

const HOUR = 3_600_000;
const SCHEDULE = { period: 24 * HOUR, publishAhead: HOUR, keepRetired: 2 * HOUR };

async function house(use: 'sign' | 'wrap') {
  let hours = 0;
  const clock = { now: () => new Date(hours * HOUR) };
  const store = new SoftwareKeyStore('memory', new MemoryBacking(), clock);
  await store.create('k', use);
  const at = async (hour: number): Promise<string[]> => {
    hours = hour;
    await advanceRotation(store, 'k', SCHEDULE, clock.now());
    return (await store.list('k')).map((key) => key.state);
  };
  return { store, at };
}

describe('rotation', () => {
  test('BCB-9.keys · the next key is published before its use, the old one stays until what it signed is over', async () => {
    const { store, at } = await house('sign');
    expect(await at(22)).toEqual(['active']);
    expect(await at(23)).toEqual(['active', 'next']);
    expect((await jwksOf(store, 'k')).keys).toHaveLength(2);
    expect(await at(23.5)).toEqual(['active', 'next']);
    expect(await at(24)).toEqual(['retiring', 'active']);
    expect(await at(25.9)).toEqual(['retiring', 'active']);
    expect(await at(26)).toEqual(['disabled', 'active']);
    expect((await jwksOf(store, 'k')).keys).toHaveLength(1);
  });

  test('BCB-9.keys · a worker that slept past the date still publishes ahead', async () => {
    const { at } = await house('sign');
    expect(await at(100)).toEqual(['active', 'next']);
    expect(await at(100.5)).toEqual(['active', 'next']);
    expect(await at(101)).toEqual(['retiring', 'active']);
  });

  test('BCB-9.keys · a name whose key was disabled gets a new one at once', async () => {
    const { store, at } = await house('sign');
    await store.disable('memory:k/1');
    expect(await at(1)).toEqual(['disabled', 'active']);
  });

  test('BCB-9.keys · replaced wrapping keys are kept', async () => {
    const { at } = await house('wrap');
    await at(23);
    await at(24);
    expect(await at(48)).toEqual(['retiring', 'active', 'next']);
  });
});
