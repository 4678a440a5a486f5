import { refuse, type Code } from '@countersign/kernel';

/**
 * Control characters, line and paragraph separators, and unpaired surrogates: none of them is part of a name. Nor are overrides,
 * embeddings and isolates of direction (Unicode Standard Annex 9, §2), which make a name, and what stands after it, look like
 * another; the marks that Arabic and Hebrew names may need are let through.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** NFC (Unicode Standard Annex 15), measured in code points. */
function printable(text: string, least: number, most: number, code: Code): string {
  const normal = text.normalize('NFC');
  const length = [...normal].length;
  if (length < least || length > most || UNPRINTABLE.test(normal)) throw refuse(code);
  return normal;
}

/**
 * The bank's own name for a person, 1 to 256 characters. Only its composition is unified (NFC), so that the same letters
 * typed on two keyboards are the same reference; case and spaces stay what they are.
 *
 * @throws `reference_invalid`
 */
export const readReference = (text: string): string => printable(text, 1, 256, 'reference_invalid');

/** May be empty. @throws `display_name_invalid` */
export const readDisplayName = (text: string): string => printable(text, 0, 128, 'display_name_invalid');

/** What a person calls a device: 1 to 64 characters, spaces around it do not count. @throws `device_name_invalid` */
export const readDeviceName = (text: string): string => printable(text.trim(), 1, 64, 'device_name_invalid');

const DEFAULT_NAMES: Record<string, string> = {
  windows: 'Windows device',
  macos: 'Mac',
  ios: 'iPhone or iPad',
  android: 'Android device',
  linux: 'Linux device',
};

/** The name of a device whose owner gave it none, after the operating system family it was enrolled on. */
export const defaultDeviceName = (platform: string): string => DEFAULT_NAMES[readPlatform(platform)] ?? 'Passkey';

/** The operating system family as one of a closed list: what the gateway was told is not stored as it came. */
export const readPlatform = (platform: string): string => (Object.hasOwn(DEFAULT_NAMES, platform) ? platform : 'other');

const KEY = /^[\x21-\x7e]{1,128}$/;

/** @throws `idempotency_key_invalid`; an empty one means there is none */
export function readIdempotencyKey(text: string): string | undefined {
  if (text === '') return undefined;
  if (!KEY.test(text)) throw refuse('idempotency_key_invalid');
  return text;
}
