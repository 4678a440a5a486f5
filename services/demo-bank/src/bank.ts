import { randomInt, randomUUID } from 'node:crypto';
import { ibanOf } from './iban.js';
import { centsOf, moneyOf, type Money } from './money.js';
import { BankProblem } from './bank-problem.js';

/** Someone the customer confirmed once as a payee; transfers to them need no further confirmation. */
export interface Payee {
  id: string;
  name: string;
  iban: string;
  /** RFC 3339. */
  addedAt: string;
}

export interface Booking {
  id: string;
  /** RFC 3339. */
  time: string;
  counterparty: string;
  reference: string;
  /** Cents; negative when money left the account. */
  cents: number;
}

export interface Customer {
  /** Subject id at the platform. */
  subject: string;
  userName: string;
  displayName: string;
  iban: string;
  payees: Payee[];
  /** Newest first. */
  bookings: Booking[];
}

/** What the home page shows. */
export interface Overview {
  userName: string;
  displayName: string;
  account: { iban: string; balance: Money };
  bookings: (Omit<Booking, 'cents'> & { money: Money })[];
}

const WELCOME_CENTS = 250_000;

/** A customer's first day: an account with a welcome gift, so that there is something to see. */
export function openAccount(person: Pick<Customer, 'subject' | 'userName' | 'displayName'>): Customer {
  const accountNumber = String(randomInt(10 ** 9, 10 ** 10));
  const gift = bookingOf({ counterparty: 'Larkmoor Bank', reference: 'Welcome', cents: WELCOME_CENTS });
  return { ...person, iban: ibanOf(accountNumber), payees: [], bookings: [gift] };
}

export function overviewOf({ userName, displayName, iban, bookings }: Customer): Overview {
  return {
    userName,
    displayName,
    account: { iban, balance: moneyOf(balanceOf(bookings)) },
    bookings: bookings.map(({ cents, ...booking }) => ({ ...booking, money: moneyOf(cents) })),
  };
}

/** @throws BankProblem `payee_known` */
export function addPayee(customer: Customer, { name, iban }: Pick<Payee, 'name' | 'iban'>): Payee {
  if (customer.payees.some((payee) => payee.iban === iban)) throw new BankProblem('payee_known');
  const payee = { id: randomUUID(), name, iban, addedAt: new Date().toISOString() };
  customer.payees.push(payee);
  return payee;
}

export interface TransferOrder {
  payeeId: string;
  amount: string;
  reference: string;
}

/** Books a transfer to a confirmed payee. @throws BankProblem `payee_unknown`, `amount_invalid`, `funds_insufficient` */
export function transfer(customer: Customer, { payeeId, amount, reference }: TransferOrder): void {
  const payee = customer.payees.find(({ id }) => id === payeeId);
  const cents = centsOf(amount);
  if (!payee) throw new BankProblem('payee_unknown');
  if (cents === 0) throw new BankProblem('amount_invalid');
  if (cents > balanceOf(customer.bookings)) throw new BankProblem('funds_insufficient');
  customer.bookings.unshift(bookingOf({ counterparty: payee.name, reference, cents: -cents }));
}

const balanceOf = (bookings: Booking[]): number => bookings.reduce((sum, { cents }) => sum + cents, 0);

const bookingOf = (booking: Omit<Booking, 'id' | 'time'>): Booking => ({
  id: randomUUID(),
  time: new Date().toISOString(),
  ...booking,
});
