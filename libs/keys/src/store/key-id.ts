import { refuse } from '@countersign/kernel';

const NAME = /^[a-z][a-z0-9-]{0,31}(\/[a-z0-9-]{1,64}){0,2}$/;
const KID = /^[A-Za-z0-9._~:/-]{1,200}$/;

/** @throws `key_name_invalid` */
export function checkKeyName(name: string): void {
  if (!NAME.test(name)) throw refuse('key_name_invalid');
}

/** `<driver>:<name>/<version>`: whoever reads a key id sees what kind of store stands behind it. */
export const keyIdOf = (driver: string, name: string, version: number): string => `${driver}:${name}/${version}`;

/** A `kid` comes from outside: bounded, and of characters that are harmless in logs and look-ups (RFC 8725 §3.10). */
export const isKid = (value: unknown): value is string => typeof value === 'string' && KID.test(value);
