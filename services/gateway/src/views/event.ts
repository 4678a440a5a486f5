import { events, type audit } from '@countersign/contracts';

/** A recorded event as the operator's search shows it: the leaf, as it stands in the log. */
export const recordView = ({ index, log, leaf }: audit.RecordedEvent) => ({
  index: Number(index),
  log,
  event: JSON.parse(leaf) as Record<string, unknown>,
});

/** A recorded event as its person sees it. `details` is JSON, or empty where nothing was sealed or it does not open. */
export function activityView({ leaf }: audit.RecordedEvent, details: string) {
  const event = events.Event.fromJSON(JSON.parse(leaf));
  const opened = details === '' ? undefined : (JSON.parse(details) as Record<string, unknown>);
  return {
    id: event.id,
    time: event.time,
    type: event.type,
    outcome: event.outcome,
    ...(event.code && { code: event.code }),
    ...(event.credential && { device: event.credential }),
    ...(event.session && { session: event.session }),
    ...(event.risk && { risk: { level: event.risk.level } }),
    ...(opened && { details: { ...textMember(opened, 'address'), ...textMember(opened, 'userAgent') } }),
  };
}

const textMember = (from: Record<string, unknown>, name: string): Record<string, string> =>
  typeof from[name] === 'string' ? { [name]: from[name] } : {};
