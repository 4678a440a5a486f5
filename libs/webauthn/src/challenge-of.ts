import { refusing } from './malformed.js';
import { parseClientData } from './parse/client-data.js';
import { parseEnvelope } from './parse/envelope.js';

/**
 * The challenge a response claims to answer, base64url, so that it can be spent before anything is verified;
 * `undefined` when there is none to be read. Read by the same strict parser that verification uses.
 */
export function challengeOf(response: unknown): string | undefined {
  const read = refusing(
    () => ({ ok: true, ...parseClientData(parseEnvelope(response).response['clientDataJSON']) }) as const,
  );
  return read.ok ? read.challenge : undefined;
}
