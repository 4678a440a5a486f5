import { refuse } from '@countersign/kernel';
import type { FastifyInstance } from 'fastify';
import { MAX_BODY_BYTES, checkString, parseStrictJson } from '../domain/strict-json.js';

/** Members of a form; none came twice. */
export class FormBody {
  constructor(readonly members: Record<string, string>) {}
}

/** Two kinds of body are read, each strictly; any other is refused before a byte of it is kept. */
export function useBodyParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer' as const, bodyLimit: MAX_BODY_BYTES };
  server.addContentTypeParser('application/json', options, (_request, body: Buffer, done) => {
    read(done, () => (body.length === 0 ? undefined : parseStrictJson(body)));
  });
  server.addContentTypeParser('application/x-www-form-urlencoded', options, (_request, body: Buffer, done) => {
    read(done, () => parseForm(body));
  });
  server.addContentTypeParser('*', (_request, _payload, done) => {
    done(refuse('media_type_unsupported'));
  });
}

function read(done: (error: Error | null, body?: unknown) => void, parse: () => unknown): void {
  let body: unknown;
  try {
    body = parse();
  } catch (error) {
    return done(error as Error);
  }
  done(null, body);
}

/** RFC 6749 §3.2: a parameter that comes twice is refused. @throws `request_invalid` */
function parseForm(bytes: Buffer): FormBody {
  const members = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(bytes.toString('utf8'))) {
    checkString(name + value);
    if (members.has(name)) {
      throw refuse('request_invalid', { errors: [{ path: name.slice(0, 64), message: 'is there twice' }] });
    }
    members.set(name, value);
  }
  return new FormBody(Object.fromEntries(members));
}
