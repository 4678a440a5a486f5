import { refuse } from '@countersign/kernel';

const NAME = /^[a-z][a-z0-9-]{0,31}(\/[a-z0-9-]{1,64}){0,2}$/;
const KID = /^[A-Za-z0-9._~:/-]{1,200}$/;
const VERSION = /^[1-9]\d{0,8}$/;

/** @throws `key_name_invalid` */
export function checkKeyName(name: string): void {
  if (!NAME.test(name)) throw refuse('key_name_invalid');
}

/** `<driver>:<name>/<version>`: whoever reads a key id sees what kind of store stands behind it. */
export const keyIdOf = (driver: string, name: string, version: number): string => `${driver}:${name}/${version}`;

/** The name in a key id of this driver; undefined for what another driver made, or nobody. */
export function keyNameOf(driver: string, keyId: string): string | undefined {
  const slash = keyId.lastIndexOf('/');
  const name = keyId.slice(driver.length + 1, slash);
  const ours = keyId.startsWith(`${driver}:`) && VERSION.test(keyId.slice(slash + 1)) && NAME.test(name);
  return ours ? name : undefined;
}

/** A `kid` comes from outside: bounded, and of characters that are harmless in logs and look-ups (RFC 8725 §3.10). */
export const isKid = (value: unknown): value is string => typeof value === 'string' && KID.test(value);
