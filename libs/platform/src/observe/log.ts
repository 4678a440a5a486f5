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
  'partition',
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
  const sink = printable(destination ?? pino.destination({ dest: 2, sync: true }));
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' }, sink);
  return {
    info: (event, fields = {}) => log.info(allowed(fields), event),
    warn: (event, fields = {}) => log.warn(allowed(fields), event),
    error: (event, fields = {}) => log.error(allowed(fields), event),
  };
}

/**
 * JSON escapes what lies below a space; the other characters that end a line or steer a terminal (C1, of which U+009B
 * begins a sequence as ESC does, and U+2028, U+2029) are escaped here.
 */
const printable = (sink: DestinationStream): DestinationStream => ({
  write: (line) =>
    sink.write(
      line.replace(/[\u007f-\u009f\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ),
});

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
  return { name: word(error.name), code: word((error as { code?: unknown }).code), stack: framesOf(error) };
}

/** A name or code of a library, such as `TypeError`, `ECONNREFUSED` or `23505`; a sentence is none. */
const word = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\w{1,40}$/.test(value) ? value : undefined;

const FRAME = /^ {4}at (?:[^()]+ \()?(?:node:|file:\/\/|\/|[A-Z]:\\)[^()]*:\d+:\d+\)?$/;

/** The text stands before the frames, and may have lines that look like them: it is cut off, and where it is not there, nothing is told. */
function framesOf(error: Error): string[] {
  const [stack, message] = [String(error.stack), String(error.message)];
  const text = stack.indexOf(message);
  if (text < 0 || stack.slice(0, text).includes('\n')) return [];
  const lines = stack.slice(text + message.length).split('\n');
  return lines
    .filter((line) => FRAME.test(line))
    .slice(0, 6)
    .map((line) => line.trim());
}
