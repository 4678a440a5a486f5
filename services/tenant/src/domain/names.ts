import { expectThat, type Fault } from './fault.js';

const NAME_LENGTH = 100;

/** A name for people: 1 to 100 characters, nothing invisible, no space at either end. */
export function nameFaults(name: string, path = 'name'): Fault[] {
  const printable = !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name);
  const fits = name.length > 0 && [...name].length <= NAME_LENGTH && name === name.trim();
  return expectThat(printable && fits, path, `1 to ${NAME_LENGTH} printable characters, without space at the ends`);
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `localhost` or a domain name of at least two labels, lower case, no port, no address (WebAuthn L3 §5.1.2 "RP ID"). */
export function isRpId(text: string): boolean {
  if (text === 'localhost') return true;
  const labels = text.split('.');
  const lettered = /^[a-z]/.test(labels.at(-1) ?? '');
  return text.length <= 253 && labels.length >= 2 && lettered && labels.every((label) => LABEL.test(label));
}

/** Whether an RP id may be used by pages of this host: equal to it, or a domain above it. */
export const coversHost = (rpId: string, host: string): boolean => host === rpId || host.endsWith(`.${rpId}`);
