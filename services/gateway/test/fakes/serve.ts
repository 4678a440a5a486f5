import type { ServiceName } from '@countersign/contracts';
import { refuse, uuidv7 } from '@countersign/kernel';
import {
  Dispatcher,
  ServiceMetrics,
  createLog,
  type Call,
  type CallerIdentity,
  type InProcessNetwork,
  type RequestOf,
  type ResponseOf,
  type RpcDefinition,
} from '@countersign/platform';

export type Handlers<D> = {
  [M in keyof D]?: (request: RequestOf<D[M]>, call: Call) => ResponseOf<D[M]> | Promise<ResponseOf<D[M]>>;
};

const tokens = new Map<string, { identity: CallerIdentity; path: string }>();

/** A caller token for one method, as session would issue it. */
export function issueCallerToken(identity: CallerIdentity, path: string): string {
  const token = uuidv7();
  tokens.set(token, { identity, path });
  return token;
}

/** Serves some methods of a service behind the real dispatcher: the topology and caller tokens are held to. */
export async function serveFake<D extends object>(
  network: InProcessNetwork,
  service: ServiceName,
  definition: D,
  handlers: Handlers<D>,
): Promise<void> {
  const given = handlers as Record<string, ((request: unknown, call: Call) => unknown) | undefined>;
  const methods = Object.entries(definition) as [string, { path: string }][];
  const table = methods.map(([name, { path }]): [string, (request: unknown, call: Call) => Promise<unknown>] => [
    path,
    async (request, call) => {
      const handler = given[name];
      if (!handler) throw new Error(`${service} does not fake ${name}`);
      return handler(request, call);
    },
  ]);
  const dispatcher = new Dispatcher({
    service,
    definitions: [definition as unknown as RpcDefinition],
    handlers: new Map(table) as never,
    verifyCaller: (token, path) => {
      const held = tokens.get(token);
      if (held?.path !== path) return Promise.reject(refuse('caller_token_refused'));
      return Promise.resolve(held.identity);
    },
    onRefused: () => undefined,
    log: createLog('silent'),
    metrics: new ServiceMetrics(),
  });
  await network.serve(service, dispatcher);
}
