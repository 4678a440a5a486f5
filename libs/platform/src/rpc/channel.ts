import type { CallerName, ServiceName } from '@countersign/contracts';
import type { Dispatcher } from './dispatcher.js';

/** What a caller hands to a transport. */
export interface OutgoingCall {
  path: string;
  requestId: string;
  deadline: number;
  callerToken?: string;
  traceparent?: string;
  body: Buffer;
}

/** The way from one service to another. */
export interface Channel {
  /** @throws CountersignError as the other side threw it; `unavailable` and `deadline_exceeded` by the transport */
  send(call: OutgoingCall): Promise<Buffer>;
}

/** Both shapes of the installation: one process, or a process per service with mutual TLS. */
export interface Network {
  channel(from: CallerName, to: ServiceName): Channel;
  /** Makes a service reachable; `close` stops accepting and waits for calls in flight. */
  serve(service: ServiceName, dispatcher: Dispatcher, health: () => boolean): Promise<{ close(): Promise<void> }>;
  close(): Promise<void>;
}
