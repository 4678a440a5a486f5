/** One method as ts-proto generates it: its path and how its messages become bytes. */
export interface RpcMethod<Request = never, Response = unknown> {
  path: string;
  requestStream: false;
  responseStream: false;
  requestSerialize: (value: Request) => Buffer;
  requestDeserialize: (value: Buffer) => unknown;
  responseSerialize: (value: never) => Buffer;
  responseDeserialize: (value: Buffer) => Response;
}

/** Greatest size of a message on either transport: 1 MiB. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** A service as ts-proto generates it with `outputServices=grpc-js`. */
export type RpcDefinition = Record<string, RpcMethod>;

export type RequestOf<M> = M extends { requestSerialize: (value: infer R) => Buffer } ? R : never;
export type ResponseOf<M> = M extends { responseDeserialize: (value: Buffer) => infer R } ? R : never;

/** `/countersign.challenge.v1.ChallengeService/Redeem` → `challenge`, `Redeem`. */
export function splitPath(path: string): { service: string; method: string } {
  const match = /^\/countersign\.([a-z]+)\.v\d+\.[A-Za-z]+\/([A-Za-z]+)$/.exec(path);
  if (!match) throw new TypeError(`not a method path: ${path}`);
  return { service: match[1]!, method: match[2]! };
}
