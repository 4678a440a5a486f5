import { edgeFor, type CallerName, type ServiceName } from '@countersign/contracts';
import { isRefusal, refuse } from '@countersign/kernel';
import { serverSpan } from '../observe/spans.js';
import type { Logger } from '../observe/log.js';
import type { ServiceMetrics } from '../observe/metrics.js';
import type { Call, CallerIdentity } from './call.js';
import { MAX_MESSAGE_BYTES, splitPath, type RpcDefinition, type RpcMethod } from './definition.js';
import type { Handler } from './strategy.js';

/** One call as it comes off a transport: `caller` is what the transport proved, never what the bytes say. */
export interface IncomingCall {
  path: string;
  caller: string;
  requestId: string;
  deadline: number;
  callerToken?: string;
  traceparent?: string;
  body: Buffer;
}

export interface DispatcherOptions {
  service: ServiceName;
  definitions: readonly RpcDefinition[];
  handlers: Map<string, Handler>;
  /** Verifies a caller token for exactly this method. */
  verifyCaller: (token: string, path: string) => Promise<CallerIdentity>;
  /** Called when a call itself was refused: unlisted caller, or a caller token that does not fit. */
  onRefused: (call: { caller: string; path: string; requestId: string; code: string }) => void;
  log: Logger;
  metrics: ServiceMetrics;
}

/** What stands before every handler on both transports, in this order: permitted caller, deadline, form, who is calling. */
export class Dispatcher {
  private readonly methods = new Map<string, { definition: RpcMethod; handler: Handler; name: string }>();
  private inFlight = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly options: DispatcherOptions) {
    for (const definition of options.definitions.flatMap((methods) => Object.values(methods))) {
      const handler = options.handlers.get(definition.path);
      if (!handler) throw new Error(`${options.service} has no handler for ${definition.path}`);
      this.methods.set(definition.path, { definition, handler, name: splitPath(definition.path).method });
    }
  }

  /** @throws CountersignError; anything else has become `internal` */
  async dispatch(incoming: IncomingCall): Promise<Buffer> {
    this.inFlight += 1;
    try {
      return await serverSpan(this.options.service, incoming, () => this.handle(incoming));
    } catch (error) {
      throw this.known(incoming, error);
    } finally {
      this.inFlight -= 1;
      if (this.inFlight === 0) for (const tell of this.waiting.splice(0)) tell();
    }
  }

  /** Full paths of all methods served. */
  paths(): string[] {
    return [...this.methods.keys()];
  }

  /** Resolves when no call is being handled. */
  async drained(): Promise<void> {
    if (this.inFlight > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private async handle(incoming: IncomingCall): Promise<Buffer> {
    const method = this.methods.get(incoming.path);
    const edge = method && edgeFor(incoming.caller, this.options.service, method.name);
    if (!method || !edge) throw this.refused(incoming, 'call_refused');
    if (incoming.deadline <= Date.now()) throw refuse('deadline_exceeded');
    const call: Call = {
      method: incoming.path,
      caller: incoming.caller as CallerName,
      requestId: incoming.requestId,
      deadline: incoming.deadline,
    };
    if (edge.authority === 'caller-token') call.identity = await this.identity(incoming);
    const request = decode(method.definition, incoming.body);
    const response = method.definition.responseSerialize((await method.handler(request, call)) as never);
    if (response.length > MAX_MESSAGE_BYTES) throw new RangeError(`an answer of ${response.length} bytes`);
    return response;
  }

  private async identity(incoming: IncomingCall): Promise<CallerIdentity> {
    try {
      return await this.options.verifyCaller(incoming.callerToken ?? '', incoming.path);
    } catch (error) {
      if (isRefusal(error) && error.code !== 'caller_token_refused') throw error;
      throw this.refused(incoming, 'caller_token_refused');
    }
  }

  private refused(incoming: IncomingCall, code: 'call_refused' | 'caller_token_refused'): Error {
    const { caller, path, requestId } = incoming;
    this.options.onRefused({ caller, path, requestId, code });
    return refuse(code);
  }

  private known(incoming: IncomingCall, error: unknown): Error {
    const { log, service, metrics } = this.options;
    const code = isRefusal(error) ? error.code : 'internal';
    const method = this.methods.has(incoming.path) ? incoming.path : 'unknown';
    metrics.rpcErrors.inc({ service, method, code });
    if (code !== 'internal') return error as Error;
    log.error('rpc.failed', { service, method: incoming.path, requestId: incoming.requestId, error });
    return refuse('internal');
  }
}

function decode(definition: RpcMethod, body: Buffer): unknown {
  try {
    return definition.requestDeserialize(body);
  } catch {
    throw refuse('request_invalid');
  }
}
