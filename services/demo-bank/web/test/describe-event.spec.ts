import { expect, test } from '@jest/globals';
import { describeEvent } from '../src/screens/security/describe-event.js';

test('an event the page knows is told in the customer’s words', () => {
  expect(describeEvent({ type: 'session.established' })).toBe('Signed in');
});

test('an event the page does not know yet is still readable', () => {
  expect(describeEvent({ type: 'device.moved_house' })).toBe('Device moved house');
});
