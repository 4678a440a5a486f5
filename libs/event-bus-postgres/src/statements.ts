import type { DeliveredMessage, EventMessage } from '@countersign/event-bus';

export const PUBLISH = { name: 'bus_publish', text: 'select bus.publish($1, $2, $3, $4, $5, $6)' };
export const READ = { name: 'bus_read', text: 'select * from bus.read($1, $2, $3)' };

/** SQLSTATE `invalid_parameter_value`, raised by `bus.read` for a position the topic never had. */
export const PAST_THE_END = '22023';

/** A batch as the columns `bus.publish` takes. */
export const columns = (topic: string, messages: readonly EventMessage[]): unknown[] => [
  topic,
  messages.map(({ eventId }) => eventId),
  messages.map(({ tenant }) => tenant),
  messages.map(({ type }) => type),
  messages.map(({ leaf }) => Buffer.from(leaf)),
  messages.map(({ sealed }) => (sealed ? Buffer.from(sealed) : null)),
];

export interface Row {
  offset: bigint;
  event_id: string;
  tenant: string;
  type: string;
  leaf: Buffer;
  sealed: Buffer | null;
}

export const delivered = ({ event_id: eventId, sealed, ...rest }: Row): DeliveredMessage => ({
  ...rest,
  eventId,
  ...(sealed && { sealed }),
});
