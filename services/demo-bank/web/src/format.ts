import type { Money } from './bank-api.js';

/** The page speaks English; dates and amounts do too. */
const LOCALE = 'en-GB';

/** Money in the page's language. */
export const formatMoney = ({ amount, currency }: Money, signed = false): string =>
  new Intl.NumberFormat(LOCALE, { style: 'currency', currency, signDisplay: signed ? 'exceptZero' : 'auto' }).format(
    Number(amount),
  );

export const formatTime = (time: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));

export const formatDay = (time: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' }).format(new Date(time));

/** In groups of four, as printed on paper. */
export const formatIban = (iban: string): string => iban.replace(/(.{4})(?=.)/g, '$1 ');

/** As the bank's server expects it: without the spaces people type, in capitals. */
export const plainIban = (text: string): string => text.replace(/\s/g, '').toUpperCase();

const PLATFORMS: Record<string, string> = {
  windows: 'Windows',
  macos: 'macOS',
  linux: 'Linux',
  android: 'Android',
  ios: 'iPhone or iPad',
};

/** The platform's word for a family of operating systems, as its makers write it. */
export const platformName = (family: string): string => PLATFORMS[family] ?? 'Unknown device';
