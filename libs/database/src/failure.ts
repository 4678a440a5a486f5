import { refuse } from '@countersign/kernel';

/** SQLSTATE classes and codes that say "not now" (PostgreSQL documentation, Appendix A); 40P01 undid one of two that waited for each other. */
const NOT_NOW = /^(08|40001|40P01|53|57P|55P03|57014|25P03)/;
/** Prisma's words for the same: no connection in time, a transaction that was too slow, a conflict. Its documentation's error reference. */
const PRISMA_NOT_NOW = /^P(1001|1002|1008|1017|2024|2028|2034)$/;
const SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const LOST =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error/;

/**
 * A server that is down, full, shutting down or too slow is `unavailable`. Everything else stays what it is: the
 * transport reports it as `internal` and withholds its text.
 */
export function asRefusal(error: unknown): unknown {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return isNotNow(error) ? refuse('unavailable', { retryAfter: 1 }, `database: ${code || message}`) : error;
}

/** Whether the same may succeed a little later: the server is down, starting, full, or cannot be reached. */
export function isNotNow(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return SOCKET.has(code) || NOT_NOW.test(code) || PRISMA_NOT_NOW.test(code) || (code === '' && LOST.test(message));
}

/** SQLSTATE 23505: a unique constraint decided against this write. */
export const isUniqueViolation = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === '23505';
