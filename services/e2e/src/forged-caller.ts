import type { CallerName, ServiceName } from '@countersign/contracts';
import { isCode, refuse } from '@countersign/kernel';
import { ownCall, type CallMeta, type Channel } from '@countersign/platform';
import type { HostProcess } from './host-process.js';

/**
 * The way to a service that whoever holds a caller's certificate has: over gRPC and mutual TLS, or in one process over the
 * in-process transport under the caller's name.
 */
export const channelAs = (host: HostProcess, from: CallerName, to: ServiceName): Channel => ({
  send: async (call) => {
    try {
      return Buffer.from(await host.control<Uint8Array>('host', 'send', { ...call, from, to }));
    } catch (error) {
      const { message } = error as Error;
      throw isCode(message) ? refuse(message) : error;
    }
  },
});

/** A call of ten seconds, with a request id by which its event is found. */
export const forgedCall = (requestId: string, callerToken?: string): CallMeta & { outgoingToken?: string } => ({
  ...ownCall(requestId, 10_000),
  ...(callerToken === undefined ? {} : { outgoingToken: callerToken }),
});
