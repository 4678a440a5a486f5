/** Money as it crosses the wire: a decimal string with two places, and an ISO 4217 code. */
export interface Money {
  amount: string;
  currency: string;
}

export const CURRENCY = 'EUR';

const AMOUNT = /^(0|[1-9]\d{0,8})\.\d{2}$/;

/** True for amounts this bank can book: two places, no sign, below a billion. */
export const isAmount = (text: string): boolean => AMOUNT.test(text);

/** Cents, because fractions of a binary number are not money. */
export const centsOf = (amount: string): number => Number(amount.replace('.', ''));

export const moneyOf = (cents: number): Money => {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return { amount: `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`, currency: CURRENCY };
};
