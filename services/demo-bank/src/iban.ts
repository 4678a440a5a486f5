const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/** True for an IBAN without spaces whose check digits are right (ISO 13616, ISO 7064 MOD 97-10). */
export const isIban = (text: string): boolean => IBAN.test(text) && remainder(text.slice(4) + text.slice(0, 4)) === 1;

/** An IBAN of this bank for an account number of ten digits. */
export function ibanOf(accountNumber: string): string {
  const body = `99990000${accountNumber}`;
  const check = 98 - remainder(`${body}DE00`);
  return `DE${String(check).padStart(2, '0')}${body}`;
}

/** Letters count 10 to 35; read digit by digit, since the number exceeds what a double holds. */
const remainder = (text: string): number =>
  [...text]
    .map((letter) => parseInt(letter, 36).toString())
    .join('')
    .split('')
    .reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0);
