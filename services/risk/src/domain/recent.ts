/** Milliseconds since 1970 that a UUIDv7 begins with (RFC 9562 §5.7). */
const timeOf = (eventId: string): number => Number.parseInt(eventId.replaceAll('-', '').slice(0, 12), 16);

/** How many of these events happened within `windowMs` before `now`. */
export const countWithin = (eventIds: readonly string[], windowMs: number, now: Date): number =>
  eventIds.filter((eventId) => timeOf(eventId) > now.getTime() - windowMs).length;

/** The least id an event of this moment can have; ids of earlier events are smaller. */
export function leastIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
