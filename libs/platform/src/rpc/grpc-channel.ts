import type { ServiceName } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Client, Metadata, experimental, status, type ServiceError } from '@grpc/grpc-js';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPeerName } from '../service/address.js';
import type { Channel, OutgoingCall } from './channel.js';
import { MAX_MESSAGE_BYTES } from './definition.js';
import './ping-closing-sessions.js';
import { callerOf } from './tls.js';
import type { TlsSource } from './tls-source.js';
import { decodeWireError } from './wire-error.js';

const asIs = (bytes: Buffer): Buffer => bytes;

/** How clients reach servers: found anew when they leave, given up on when they fall silent, milliseconds. */
const CONNECTING = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.dns_min_time_between_resolutions_ms': 200,
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
};

/** Services are reached directly, and DNS tells their addresses and nothing else: no proxy, no configuration out of TXT records. */
const DIRECT = { 'grpc.enable_http_proxy': 0, 'grpc.service_config_disable_resolution': 1 };

/**
 * A connection to all replicas of one service, balanced by the client; the server must be who it says it is.
 * @param addresses `ip:port` of each replica, or one `name:port` whose addresses DNS tells
 */
export function grpcChannel(
  to: ServiceName,
  addresses: readonly string[],
  tls: TlsSource,
): Channel & { close(): void } {
  const secure = experimental.createCertificateProviderChannelCredentials(tls, tls, {
    checkServerIdentity: (_host, certificate) =>
      callerOf(certificate) === to ? undefined : new Error(`the peer is not ${to}`),
  });
  const client = new Client(targetOf(addresses), secure, {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    ...CONNECTING,
    ...DIRECT,
  });
  // Connects now: by itself it would wait for the first call, and let that one wait for the connection.
  client.getChannel().getConnectivityState(true);
  return { send: (call) => sendOnceMore(client, call), close: () => client.close() };
}

const targetOf = (addresses: readonly string[]): string =>
  isPeerName(addresses[0]!) ? `dns:///${addresses[0]}` : `ipv4:${addresses.join(',')}`;

/** How long a call that never left waits for a replica, milliseconds: time to look up the one that took the place of the last. */
const REACHABLE_MS = 1_000;

/** One retry with jitter, and only when the call never reached a handler. */
async function sendOnceMore(client: Client, call: OutgoingCall): Promise<Buffer> {
  try {
    return await send(client, call);
  } catch (error) {
    if (!neverSent(error)) throw toRefusal(error as ServiceError);
  }
  await sleep(50 + Math.random() * 100);
  await reachable(client, Math.min(call.deadline, Date.now() + REACHABLE_MS));
  try {
    return await send(client, call);
  } catch (error) {
    throw toRefusal(error as ServiceError);
  }
}

/** Until a replica is connected, or the time is over. */
const reachable = (client: Client, deadline: number): Promise<void> =>
  new Promise((resolve) => client.waitForReady(deadline, () => resolve()));

const neverSent = (error: unknown): boolean => {
  const { code, details } = error as ServiceError;
  return (
    code === status.UNAVAILABLE &&
    /No connection established|ECONNREFUSED|name resolution|Stream refused by server/i.test(details ?? '')
  );
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
