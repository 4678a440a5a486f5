/** Families of operating systems, a closed list: nothing else of what a browser says about itself is kept in clear. */
export type PlatformFamily = 'windows' | 'macos' | 'linux' | 'android' | 'ios' | 'other';

/** A map and no object: `__proto__` is a word a browser may say too. */
const BY_HINT = new Map<string, PlatformFamily>([
  ['windows', 'windows'],
  ['macos', 'macos'],
  ['linux', 'linux'],
  ['chrome os', 'linux'],
  ['chromeos', 'linux'],
  ['android', 'android'],
  ['ios', 'ios'],
]);

/** In this order: Android names Linux too, and iOS names Mac OS X. */
const BY_USER_AGENT: [RegExp, PlatformFamily][] = [
  [/android/i, 'android'],
  [/iphone|ipad|ipod/i, 'ios'],
  [/windows/i, 'windows'],
  [/macintosh|mac os x|darwin/i, 'macos'],
  [/linux|cros|x11/i, 'linux'],
];

/** The family by `Sec-CH-UA-Platform` (a quoted string), else by `User-Agent`. */
export function platformFamily(hint: string | undefined, userAgent: string | undefined): PlatformFamily {
  const named = BY_HINT.get((hint ?? '').replaceAll('"', '').toLowerCase());
  if (named) return named;
  const agent = userAgent ?? '';
  return BY_USER_AGENT.find(([pattern]) => pattern.test(agent))?.[1] ?? 'other';
}
