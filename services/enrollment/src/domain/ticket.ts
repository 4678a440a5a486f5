import { randomInt } from 'node:crypto';
import { fromBase64Url, randomSecret, sha256 } from '@countersign/kernel';

/** Life of an enrollment ticket, opened or not. */
export const TICKET_SECONDS = 600;
/** Wrong PINs after which a ticket is dead. The column `ticket.wrong_pins` holds the same limit. */
export const MAX_WRONG_PINS = 5;

const SECRET_BYTES = 32;

/** A secret for its holder and the hash that is stored: 256 random bits need no salt. */
export interface IssuedSecret {
  /** base64url, 43 characters. */
  value: string;
  hash: Uint8Array;
}

/** A ticket, or the binding that takes its place once it was opened. */
export function newSecret(): IssuedSecret {
  const value = randomSecret(SECRET_BYTES);
  return { value, hash: sha256(value) };
}

/** The stored hash of a presented secret; what has not the form of one cannot be one. */
export const hashOfSecret = (value: string): Uint8Array | undefined =>
  fromBase64Url(value)?.length === SECRET_BYTES ? sha256(value) : undefined;

/** 8 decimal digits, told to the person apart from the ticket. */
export const newPin = (): string => String(randomInt(100_000_000)).padStart(8, '0');

export type TicketOutcome = 'opened' | 'wrong pin' | 'dead';

/** What one presentation of a ticket did to it, read from the row the conditional update returned (or did not). */
export function outcomeOf(row: { opened: boolean } | undefined): TicketOutcome {
  if (!row) return 'dead';
  return row.opened ? 'opened' : 'wrong pin';
}
