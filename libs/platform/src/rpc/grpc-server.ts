import { isRefusal, isUuid, uuidv7 } from '@countersign/kernel';
import {
  Metadata,
  Server,
  experimental,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_MESSAGE_BYTES } from './definition.js';
import type { Dispatcher } from './dispatcher.js';
import { callerOf } from './tls.js';
import type { TlsSource } from './tls-source.js';
import { GRPC_STATUS, encodeWireError, toWireError } from './wire-error.js';

/** Time for the last answers to leave and for connections to close by themselves. */
const LINGER_MS = 1_000;

/** A caller that set no deadline, or a later one, gets this long. */
const LONGEST_CALL_MS = 35_000;

const asIs = (bytes: Buffer): Buffer => bytes;

export interface GrpcServer {
  /** Port it listens on. */
  port: number;
  close(): Promise<void>;
}

export interface GrpcServerOptions {
  /** `ip:port` */
  listen: string;
  tls: TlsSource;
  /** After this time, give or take a tenth, a client is asked to connect anew, milliseconds. */
  connectionAgeMs: number;
  dispatcher: Dispatcher;
  healthy: () => boolean;
}

/** Serves a dispatcher over gRPC with mutual TLS: a peer without a certificate of our authority does not get in. */
export async function grpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { listen, tls, dispatcher, healthy } = options;
  const paths = dispatcher.paths();
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_connection_age_ms': options.connectionAgeMs,
    'grpc.max_connection_age_grace_ms': LONGEST_CALL_MS,
  });
  const handle = (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void =>
    void answer(dispatcher, call, callback);
  server.addService(definitionOf(paths), Object.fromEntries(paths.map((path) => [path, handle])));
  const statusNow = () => (healthy() ? 'SERVING' : 'NOT_SERVING');
  const health = new HealthImplementation({ '': statusNow() });
  health.addToServer(server);
  const watch = setInterval(() => health.setStatus('', statusNow()), 500).unref();
  const secure = experimental.createCertificateProviderServerCredentials(tls, tls, true);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(listen, secure, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const close = async (): Promise<void> => {
    clearInterval(watch);
    health.setStatus('', 'NOT_SERVING');
    await shutDown(server, dispatcher);
  };
  return { port, close };
}

/** Who watches our health holds a stream that never ends: once every call is answered, such streams are given up on. */
async function shutDown(server: Server, dispatcher: Dispatcher): Promise<void> {
  const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const answered = dispatcher.drained().then(() => sleep(LINGER_MS, undefined, { ref: false }));
  await Promise.race([closed, answered]);
  await dispatcher.drained();
  server.forceShutdown();
}

const definitionOf = (paths: readonly string[]): ServiceDefinition =>
  Object.fromEntries(
    paths.map((path) => [
      path,
      {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    ]),
  );

async function answer(
  dispatcher: Dispatcher,
  call: ServerUnaryCall<Buffer, Buffer>,
  callback: sendUnaryData<Buffer>,
): Promise<void> {
  const text = (key: string): string | undefined => call.metadata.get(key)[0] as string | undefined;
  try {
    const body = await dispatcher.dispatch({
      path: call.getPath(),
      caller: callerOf(call.getAuthContext().sslPeerCertificate),
      requestId: requestIdOf(text('request-id')),
      deadline: deadlineOf(call),
      callerToken: text('caller-token'),
      traceparent: text('traceparent'),
      body: call.request,
    });
    callback(null, body);
  } catch (error) {
    const metadata = new Metadata();
    metadata.set('countersign-error', encodeWireError(toWireError(error)));
    const code = isRefusal(error) ? GRPC_STATUS[error.kind] : status.INTERNAL;
    callback({ code, details: isRefusal(error) ? error.code : 'internal', metadata });
  }
}

/** It stands in events for years: nothing but a UUID passes. */
const requestIdOf = (given: string | undefined): string => (given && isUuid(given) ? given : uuidv7());

function deadlineOf(call: ServerUnaryCall<Buffer, Buffer>): number {
  const deadline = Number(call.getDeadline());
  const latest = Date.now() + LONGEST_CALL_MS;
  return Number.isFinite(deadline) ? Math.min(deadline, latest) : latest;
}
