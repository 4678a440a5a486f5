import type { Leaf } from '@countersign/contracts';
import type { Database, Transaction } from '@countersign/database';
import { appendEvent } from '@countersign/outbox';
import type { EndReason, Limits, Session, SessionState } from '../domain/session.js';
import type { Touch } from '../domain/last-active.js';
import type { RefreshSecret } from '../domain/secrets.js';
import type {
  Elevation,
  EndTarget,
  FoundSession,
  NewSession,
  Proof,
  Rotation,
  SessionStore,
  Successor,
} from '../ports.js';
import * as sql from './statements.js';
import { sessionOf, type SessionRow } from './session-row.js';

/** How long the same client may ask again for the answer it did not get (R6). */
const GRACE_SECONDS = 10;

const bytes = (value: Uint8Array | undefined): Buffer | null => (value ? Buffer.from(value) : null);

/**
 * Sessions in PostgreSQL. What a request waits for is one function each: it sets the tenant, judges and writes, the event
 * included, in one round trip and one commit.
 */
export class PgSessionStore implements SessionStore {
  constructor(private readonly database: Database) {}

  async establish(session: NewSession, event: Leaf, sealed?: Uint8Array): Promise<boolean> {
    const { rows } = await this.database.query<{ established: boolean }>(sql.ESTABLISH, [
      session.tenant,
      session.id,
      session.subject,
      session.pseudonym,
      session.clientId,
      session.credential,
      session.begunAt,
      session.platform,
      session.acr,
      session.amr,
      session.authTime,
      bytes(session.cookieHash),
      bytes(session.refresh?.familyHash),
      bytes(session.refresh?.hash),
      event.eventId,
      bytes(event.leaf),
      bytes(sealed),
      session.jkt ?? null,
    ]);
    return rows[0]!.established;
  }

  async find(tenant: string, session: string, { inactivity, absolute }: Limits): Promise<FoundSession | undefined> {
    const values = [tenant, session, inactivity, absolute];
    const { rows } = await this.database.query<SessionRow & { state: SessionState }>(sql.FIND, values);
    return rows[0] && { state: rows[0].state, session: sessionOf(rows[0]) };
  }

  async list(tenant: string, subject: string, { inactivity, absolute }: Limits): Promise<Session[]> {
    const { rows } = await this.database.query<SessionRow>(sql.LIST, [tenant, subject, inactivity, absolute]);
    return rows.map(sessionOf);
  }

  async rotate(secret: RefreshSecret, next: Successor, clientId: string, limits: Limits): Promise<Rotation> {
    const { rows } = await this.database.query<SessionRow & { outcome: Rotation['outcome'] }>(sql.REFRESH, [
      secret.tenant,
      secret.session,
      clientId,
      bytes(secret.familyHash),
      bytes(secret.hash),
      bytes(next.hash),
      next.jkt ?? null,
      next.jkt === undefined ? null : bytes(next.sealed),
      GRACE_SECONDS,
      limits.inactivity,
      limits.absolute,
    ]);
    const [row] = rows;
    const { outcome } = row!;
    if (outcome === 'unknown') return { outcome };
    const session = sessionOf(row!);
    return outcome === 'repeated' ? { outcome, session, sealed: row!.successor! } : { outcome, session };
  }

  async isOfFamily({ tenant, session, familyHash }: RefreshSecret): Promise<boolean> {
    const values = [tenant, session, bytes(familyHash)];
    const { rows } = await this.database.query<{ is_member: boolean }>(sql.FAMILY, values);
    return rows[0]!.is_member;
  }

  async elevate(raised: Elevation, order: readonly string[], limits: Limits, event: Leaf): Promise<boolean> {
    const { rows } = await this.database.query<{ elevated: boolean }>(sql.ELEVATE, [
      ...proofValues(raised),
      raised.acr,
      order,
      raised.amr,
      raised.authTime,
      limits.inactivity,
      limits.absolute,
      event.eventId,
      bytes(event.leaf),
      raised.hardwareSince,
    ]);
    return rows[0]!.elevated;
  }

  async grant(proof: Proof, { inactivity, absolute }: Limits, event: Leaf): Promise<boolean> {
    const values = [...proofValues(proof), inactivity, absolute, event.eventId, bytes(event.leaf)];
    const { rows } = await this.database.query<{ granted: boolean }>(sql.GRANT, values);
    return rows[0]!.granted;
  }

  end(
    tenant: string,
    target: EndTarget,
    reason: EndReason,
    limits: Limits,
    eventsOf: (session: Session) => Leaf[],
  ): Promise<number> {
    return this.database.inTenant(tenant, (tx) => endIn(tx, target, reason, limits, eventsOf));
  }

  endDevice(
    tenant: string,
    credential: string,
    reason: 'device_revoked' | 'device_suspended',
    limits: Limits,
    eventsOf: (session: Session) => Leaf[],
  ): Promise<number> {
    return this.database.inTenant(tenant, async (tx) => {
      const ended = await endIn(tx, { credential }, reason, limits, eventsOf);
      // Last, because under its own tombstone no session would count as having been live.
      await tx.query(sql.DEVICE_END, [tenant, credential, reason === 'device_revoked']);
      return ended;
    });
  }

  async touch(tenant: string, touches: readonly Touch[], now: Date): Promise<void> {
    const ages = touches.map(({ at }) => Math.max(0, now.getTime() - at.getTime()));
    await this.database.query(sql.TOUCH, [tenant, touches.map(({ session }) => session), ages]);
  }
}

const proofValues = ({ tenant, session, subject, credential, begunAt }: Proof): unknown[] => [
  tenant,
  session,
  subject,
  credential,
  begunAt,
];

async function endIn(
  tx: Transaction,
  target: EndTarget,
  reason: EndReason,
  { inactivity, absolute }: Limits,
  eventsOf: (session: Session) => Leaf[],
): Promise<number> {
  const { statement, values } = sql.endStatement(target);
  const all = [reason, inactivity, absolute, ...values];
  const { rows } = await tx.query<SessionRow & { live: boolean }>(statement, all);
  for (const event of rows.flatMap((row) => eventsOf(sessionOf(row)))) {
    await appendEvent(tx, event);
  }
  return rows.filter(({ live }) => live).length;
}
