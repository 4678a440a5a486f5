import type { Database, Queryable } from '@countersign/database';
import { MAX_WRONG_PINS, TICKET_SECONDS } from '../domain/ticket.js';
import type { Person } from '../domain/person.js';
import { personOfRow, type SubjectRow } from './subject-store.js';

/** A ticket that was opened and can still be used. */
export interface OpenTicket {
  id: string;
  person: Person;
  profile: { sealed: Uint8Array; commitment: string };
  expiresAt: Date;
}

/** The row one presentation of a ticket moved. */
export interface PresentedTicket extends OpenTicket {
  opened: boolean;
  wrongPins: number;
}

const INSERT = {
  name: 'ticket_insert',
  text: `insert into ticket (id, tenant, subject, hash, pin_hash, expires_at)
         values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => ${TICKET_SECONDS})) returning expires_at`,
};
/** Opens it or counts a wrong PIN, in one conditional update: of many that present it at once one opens it. */
const PRESENT = {
  name: 'ticket_present',
  text: `with presented as (
           update ticket set
             opened_at = case when pin_hash is null or pin_hash = $3 then clock_timestamp() end,
             binding_hash = case when pin_hash is null or pin_hash = $3 then $4::bytea end,
             client = case when pin_hash is null or pin_hash = $3 then $5 end,
             wrong_pins = wrong_pins + case when pin_hash is null or pin_hash = $3 then 0 else 1 end
            where tenant = $1 and hash = $2 and opened_at is null and expires_at > clock_timestamp()
              and wrong_pins < ${MAX_WRONG_PINS}
           returning id, subject, expires_at, opened_at is not null as opened, wrong_pins)
         select p.id as ticket, p.expires_at, p.opened, p.wrong_pins, s.*
           from presented p join subject s on s.tenant = $1 and s.id = p.subject`,
};
const BY_HASH = {
  name: 'ticket_by_hash',
  text: `select s.* from ticket t join subject s on s.tenant = t.tenant and s.id = t.subject where t.tenant = $1 and t.hash = $2`,
};
const BY_BINDING = {
  name: 'ticket_by_binding',
  text: `select t.id as ticket, t.expires_at, true as opened, t.wrong_pins, s.*
           from ticket t join subject s on s.tenant = t.tenant and s.id = t.subject
          where t.tenant = $1 and t.binding_hash = $2 and t.client = $3 and t.spent_at is null
            and t.expires_at > clock_timestamp()`,
};
const SPEND = {
  name: 'ticket_spend',
  text: `update ticket set spent_at = clock_timestamp()
          where tenant = $1 and id = $2 and binding_hash = $3 and spent_at is null and expires_at > clock_timestamp()`,
};

/** Tickets and what became of them. Expiry follows the database clock. */
export class TicketStore {
  constructor(private readonly database: Database) {}

  async add(
    tx: Queryable,
    ticket: { id: string; tenant: string; subject: string; hash: Uint8Array; pinHash: Uint8Array | undefined },
  ): Promise<Date> {
    const { id, tenant, subject, hash, pinHash } = ticket;
    const values = [id, tenant, subject, Buffer.from(hash), pinHash ?? null];
    return (await tx.query<{ expires_at: Date }>(INSERT, values)).rows[0]!.expires_at;
  }

  /** Undefined: unknown, expired, opened before, or dead. The row count is the verdict. */
  async present(
    tx: Queryable,
    presented: { tenant: string; hash: Uint8Array; pinHash: Uint8Array; bindingHash: Uint8Array; client: string },
  ): Promise<PresentedTicket | undefined> {
    const { tenant, hash, pinHash, bindingHash, client } = presented;
    const { rows } = await tx.query<TicketRow>(PRESENT, [
      tenant,
      Buffer.from(hash),
      pinHash,
      Buffer.from(bindingHash),
      client,
    ]);
    return rows[0] && presentedOf(rows[0]);
  }

  /** Whose ticket it is or was, for the record of a refusal. */
  async owner(tx: Queryable, tenant: string, hash: Uint8Array): Promise<Person | undefined> {
    const { rows } = await tx.query<SubjectRow>(BY_HASH, [tenant, Buffer.from(hash)]);
    return rows[0] && personOfRow(rows[0]);
  }

  /** The ticket a binding stands for, while it can still enroll a device. */
  byBinding(tenant: string, bindingHash: Uint8Array, client: string): Promise<OpenTicket | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await tx.query<TicketRow>(BY_BINDING, [tenant, Buffer.from(bindingHash), client]);
      return rows[0] && presentedOf(rows[0]);
    });
  }

  /** True for the one that spends it. */
  async spend(tx: Queryable, tenant: string, id: string, bindingHash: Uint8Array): Promise<boolean> {
    return (await tx.query(SPEND, [tenant, id, Buffer.from(bindingHash)])).rowCount === 1;
  }
}

interface TicketRow extends SubjectRow {
  ticket: string;
  expires_at: Date;
  opened: boolean;
  wrong_pins: number;
  profile: Buffer;
  profile_commitment: string;
}

const presentedOf = (row: TicketRow): PresentedTicket => ({
  id: row.ticket,
  person: personOfRow(row),
  profile: { sealed: row.profile, commitment: row.profile_commitment },
  expiresAt: row.expires_at,
  opened: row.opened,
  wrongPins: row.wrong_pins,
});
