import { refuse } from '@countersign/kernel';
import { clientSpan } from '../observe/spans.js';
import type { CallMeta } from './call.js';
import type { Channel } from './channel.js';
import { MAX_MESSAGE_BYTES, type RequestOf, type ResponseOf, type RpcMethod } from './definition.js';

/** Typed client of one service. The second argument is the call being handled, or `ownCall()` in background work. */
export type RpcClient<D> = {
  readonly [M in keyof D]: (request: RequestOf<D[M]>, call: CallMeta) => Promise<ResponseOf<D[M]>>;
};

/**
 * Builds a client over a channel. Deadline, request id and trace travel; a caller token only where `withToken` put it,
 * so that it never leaks to an inner service.
 */
export function rpcClient<D extends object>(definition: D, channel: Channel): RpcClient<D> {
  const methods = Object.entries(definition) as [string, RpcMethod][];
  return Object.fromEntries(methods.map(([name, rpc]) => [name, invoke(rpc, channel)])) as RpcClient<D>;
}

const invoke =
  (rpc: RpcMethod, channel: Channel) =>
  (request: never, call: CallMeta & { outgoingToken?: string }): Promise<unknown> =>
    clientSpan(rpc.path, async (traceparent) => {
      if (call.deadline <= Date.now()) throw refuse('deadline_exceeded');
      const body = rpc.requestSerialize(request);
      if (body.length > MAX_MESSAGE_BYTES) throw refuse('request_too_large');
      const answer = await channel.send({
        path: rpc.path,
        requestId: call.requestId,
        deadline: call.deadline,
        callerToken: call.outgoingToken,
        traceparent,
        body,
      });
      return rpc.responseDeserialize(answer);
    });

/** The gateway's one privilege: handing on the caller token it got for this method. */
export const withToken = (call: CallMeta, token: string): CallMeta & { outgoingToken: string } => ({
  requestId: call.requestId,
  deadline: call.deadline,
  outgoingToken: token,
});
