import { expect, test } from '@jest/globals';
import { waitingFor } from './erasure.js';

const running = { confirmed: [], endsDevices: false, completedAt: undefined };

test('BCB-10.erase · an erasure waits for every service that keeps something, and for devices that still have sessions', () => {
  expect(waitingFor(running)).toEqual(['audit', 'risk', 'session']);
  expect(waitingFor({ ...running, confirmed: ['risk'], endsDevices: true })).toEqual([
    'enrollment',
    'audit',
    'session',
  ]);
  expect(waitingFor({ ...running, confirmed: ['session', 'risk', 'audit'] })).toEqual([]);
});

test('BCB-10.erase · a completed one waits for nobody', () => {
  expect(waitingFor({ ...running, completedAt: new Date() })).toEqual([]);
});
