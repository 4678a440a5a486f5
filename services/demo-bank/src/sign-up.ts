import { randomBytes } from 'node:crypto';
import type { CountersignServer, EnrollmentTicket } from '@countersign/sdk-node';
import { openAccount } from './bank.js';
import { BankProblem } from './bank-problem.js';
import type { Customers } from './customers.js';

export interface Application {
  userName: string;
  displayName: string;
}

/** A sign-up that was begun: only the browser that holds `secret` may continue it. */
export interface BegunSignUp {
  ticket: EnrollmentTicket;
  secret: string;
}

/**
 * Makes a person a customer and lets this browser add the first passkey. A real bank identifies the person before this.
 *
 * A user name is given once. A ticket for an existing customer would be the key to that customer's account, so a second
 * one goes only to the browser that began the sign-up, and only while there is no passkey yet.
 */
export class SignUps {
  /** Secret of the browser that began, by subject. Lost at a restart: then the name stays taken. */
  private readonly begun = new Map<string, string>();

  constructor(
    private readonly platform: CountersignServer,
    private readonly customers: Customers,
  ) {}

  /** @param secret what the browser got when it began @throws BankProblem `user_name_taken`, `bank_full` */
  async begin(application: Application, secret: string | undefined): Promise<BegunSignUp> {
    this.customers.requireRoom();
    const subject = await this.platform.createSubject({
      reference: application.userName,
      displayName: application.displayName,
    });
    if (subject.created) return this.welcome(subject.id, application);
    await this.requireSameBrowser(subject.id, secret);
    return this.ticketFor(subject.id);
  }

  private welcome(subject: string, application: Application): Promise<BegunSignUp> {
    this.customers.add(openAccount({ subject, ...application }));
    this.begun.set(subject, randomBytes(32).toString('base64url'));
    return this.ticketFor(subject);
  }

  private async requireSameBrowser(subject: string, secret: string | undefined): Promise<void> {
    const mine = secret !== undefined && this.begun.get(subject) === secret;
    if (!mine || (await this.platform.subject(subject)).activeDevices > 0) throw new BankProblem('user_name_taken');
  }

  private async ticketFor(subject: string): Promise<BegunSignUp> {
    const ticket = await this.platform.issueTicket(subject);
    return { ticket, secret: this.begun.get(subject) as string };
  }
}
