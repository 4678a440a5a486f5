import type { Queryable } from '@countersign/database';
import type { EventMessage } from '@countersign/event-bus';

const APPEND = { name: 'outbox_append', text: 'select outbox_append($1, $2, $3, $4, $5)' };

/**
 * Records an event in the transaction of the change it tells of; afterwards wake the relay. It sets the tenant of the
 * transaction to the event's. A hot path calls `outbox_append` inside its own SQL function instead.
 */
export async function appendEvent(tx: Queryable, { eventId, tenant, type, leaf, sealed }: EventMessage): Promise<void> {
  await tx.query(APPEND, [eventId, tenant, type, Buffer.from(leaf), sealed ? Buffer.from(sealed) : null]);
}
