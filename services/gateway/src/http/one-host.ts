import { refuse } from '@countersign/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Refuses two host lines, of which Node's parser takes the first and others the last (RFC 9112 §3.2). The connection ends with it. */
export function mustNameOneHost({ raw }: FastifyRequest, reply: FastifyReply): void {
  const hosts = raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length <= 1) return;
  reply.header('connection', 'close');
  throw refuse('request_invalid');
}
