import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Customer } from './bank.js';
import { BankProblem } from './bank-problem.js';

/** A demo that anyone on the machine may use must not grow for ever. */
const MOST_CUSTOMERS = 1000;

/**
 * The bank's customers, in memory; with a data directory also in a file there, so that a restarted bank knows them.
 * The file is replaced whole: a bank that is killed while writing keeps the former one.
 */
export class Customers {
  private readonly bySubject = new Map<string, Customer>();
  private readonly file: string | undefined;

  /** @throws Error when the directory cannot be written or the file cannot be read */
  constructor(dataDir?: string) {
    if (dataDir === undefined) return;
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    this.file = join(dataDir, 'customers.json');
    for (const customer of readCustomers(this.file)) this.bySubject.set(customer.subject, customer);
  }

  find(subject: string): Customer | undefined {
    return this.bySubject.get(subject);
  }

  /** @throws BankProblem `bank_full` */
  requireRoom(): void {
    if (this.bySubject.size >= MOST_CUSTOMERS) throw new BankProblem('bank_full');
  }

  add(customer: Customer): Customer {
    this.bySubject.set(customer.subject, customer);
    this.save();
    return customer;
  }

  /** Call after every change to a customer. */
  save(): void {
    if (!this.file) return;
    const draft = `${this.file}.new`;
    writeFileSync(draft, JSON.stringify([...this.bySubject.values()], null, 2), { mode: 0o600 });
    renameSync(draft, this.file);
  }
}

const readCustomers = (file: string): Customer[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Customer[]) : [];
