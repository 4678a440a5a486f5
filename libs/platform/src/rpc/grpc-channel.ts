import type { ServiceName } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Client, Metadata, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, OutgoingCall } from './channel.js';
import { MAX_MESSAGE_BYTES } from './definition.js';
import { callerOf, type TlsMaterial } from './tls.js';
import { decodeWireError } from './wire-error.js';

const asIs = (bytes: Buffer): Buffer => bytes;

/** A connection to all replicas of one service, balanced by the client; the server must be who it says it is. */
export function grpcChannel(
  to: ServiceName,
  addresses: readonly string[],
  tls: TlsMaterial,
): Channel & { close(): void } {
  const secure = credentials.createSsl(tls.ca, tls.key, tls.cert, {
    checkServerIdentity: (_host, certificate) =>
      callerOf(certificate) === to ? undefined : new Error(`the peer is not ${to}`),
  });
  const client = new Client(`ipv4:${addresses.join(',')}`, secure, {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
  });
  return { send: (call) => sendOnceMore(client, call), close: () => client.close() };
}

/** One retry with jitter, and only when the call never reached a handler. */
async function sendOnceMore(client: Client, call: OutgoingCall): Promise<Buffer> {
  try {
    return await send(client, call);
  } catch (error) {
    if (!neverSent(error)) throw toRefusal(error as ServiceError);
  }
  await sleep(50 + Math.random() * 100);
  try {
    return await send(client, call);
  } catch (error) {
    throw toRefusal(error as ServiceError);
  }
}

const neverSent = (error: unknown): boolean => {
  const { code, details } = error as ServiceError;
  return code === status.UNAVAILABLE && /No connection established|ECONNREFUSED|name resolution/i.test(details ?? '');
};

function send(client: Client, call: OutgoingCall): Promise<Buffer> {
  const metadata = new Metadata();
  metadata.set('request-id', call.requestId);
  if (call.callerToken) metadata.set('caller-token', call.callerToken);
  if (call.traceparent) metadata.set('traceparent', call.traceparent);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(call.path, asIs, asIs, call.body, metadata, { deadline: call.deadline }, (error, body) =>
      error ? reject(error) : resolve(body!),
    );
  });
}

function toRefusal(error: ServiceError): Error {
  const carried = error.metadata?.get('countersign-error')[0];
  if (typeof carried === 'string') return decodeWireError(carried);
  if (error.code === status.DEADLINE_EXCEEDED) return refuse('deadline_exceeded');
  if (error.code === status.UNAVAILABLE) return refuse('unavailable', { retryAfter: 1 });
  return refuse('internal', {}, `gRPC status ${error.code}`);
}
