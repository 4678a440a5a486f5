import { pino, type DestinationStream } from 'pino';
import { isRefusal } from '@countersign/kernel';

/** The only members a log line may have beside time, level and message. Anything else is dropped, not printed. */
const ALLOWED = new Set([
  'service',
  'event',
  'method',
  'route',
  'status',
  'code',
  'requestId',
  'tenant',
  'client',
  'session',
  'credential',
  'eventId',
  'topic',
  'consumer',
  'offset',
  'count',
  'ms',
  'port',
  'address',
  'version',
  'sequence',
  'setting',
  'signal',
  'key',
  'schema',
  'migration',
  'reason',
]);

export type LogFields = Record<string, unknown> & { error?: unknown };

export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Structured log on standard error (or `destination`): one event a line, members by allow-list, errors by name and code only. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const sink = destination ?? pino.destination({ dest: 2, sync: true });
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' }, sink);
  return {
    info: (event, fields = {}) => log.info(allowed(fields), event),
    warn: (event, fields = {}) => log.warn(allowed(fields), event),
    error: (event, fields = {}) => log.error(allowed(fields), event),
  };
}

function allowed(fields: LogFields): Record<string, unknown> {
  const kept = Object.entries(fields).filter(([key, value]) => ALLOWED.has(key) && isPlain(value));
  const line: Record<string, unknown> = Object.fromEntries(kept);
  if (fields.error !== undefined) line.error = describe(fields.error);
  return line;
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean', 'bigint'].includes(typeof value);

/** An error's text may quote input, so only its name, code and the places in our code are logged. */
function describe(error: unknown): Record<string, unknown> {
  if (isRefusal(error)) return { name: error.name, code: error.code, internal: error.internal };
  if (!(error instanceof Error)) return { name: typeof error };
  const code = (error as { code?: unknown }).code;
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 6);
  return { name: error.name, code: typeof code === 'string' ? code : undefined, stack: frames.map((at) => at.trim()) };
}
