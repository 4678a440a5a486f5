import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { platformFamily } from './platform-family.js';

test.each([
  ['"macOS"', 'Mozilla/5.0 (Windows NT 10.0)', 'macos'],
  ['"Chrome OS"', '', 'linux'],
  [undefined, 'Mozilla/5.0 (Linux; Android 16; Pixel 10)', 'android'],
  [undefined, 'Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X)', 'ios'],
  [undefined, 'Mozilla/5.0 (Windows NT 10.0; Win64)', 'windows'],
  [undefined, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'macos'],
  [undefined, 'Mozilla/5.0 (X11; Linux x86_64)', 'linux'],
  ['"Unknown"', 'curl/8', 'other'],
  ['"__proto__"', '', 'other'],
  [undefined, undefined, 'other'],
])('%s, %s is %s', (hint, userAgent, family) => {
  expect(platformFamily(hint, userAgent)).toBe(family);
});

test('whatever a browser says of itself, one of six words is kept', () => {
  const closed = ['windows', 'macos', 'linux', 'android', 'ios', 'other'];
  fc.assert(fc.property(fc.string(), fc.string(), (hint, agent) => closed.includes(platformFamily(hint, agent))));
});
