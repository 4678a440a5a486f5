import { audit, edgeFor, enrollment, session, verification, type ServiceName } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import {
  splitPath,
  withToken,
  type RequestOf,
  type ResponseOf,
  type RpcClient,
  type RpcMethod,
} from '@countersign/platform';
import type { Exchange, Presented } from '../http/exchange.js';

/** Client of one service for requests from outside: where the topology asks for a caller token, it is fetched first. */
export type Peer<D> = {
  readonly [M in keyof D]: (request: RequestOf<D[M]>, http: Exchange) => Promise<ResponseOf<D[M]>>;
};

/** Told of who a caller turned out to be. */
export interface CallerWatch {
  known(http: Exchange, tenant: string): void;
}

type MakeClient = <D extends object>(definition: D) => RpcClient<D>;
type Invoke = (request: never, call: object) => Promise<unknown>;

/** The services the gateway calls. It hands on what was presented and is believed about nothing (R28). */
export class Peers {
  readonly session: Peer<typeof session.SessionServiceService>;
  readonly enrollment: Peer<typeof enrollment.EnrollmentServiceService>;
  readonly verification: Peer<typeof verification.VerificationServiceService>;
  readonly audit: Peer<typeof audit.AuditServiceService>;
  private readonly checking: RpcClient<typeof session.SessionServiceService>;

  constructor(
    client: MakeClient,
    private readonly watch: CallerWatch,
  ) {
    this.checking = client(session.SessionServiceService);
    this.session = this.peer(session.SessionServiceService, client);
    this.enrollment = this.peer(enrollment.EnrollmentServiceService, client);
    this.verification = this.peer(verification.VerificationServiceService, client);
    this.audit = this.peer(audit.AuditServiceService, client);
  }

  private peer<D extends object>(definition: D, client: MakeClient): Peer<D> {
    const plain = client(definition) as Record<string, Invoke>;
    const methods = Object.entries(definition) as [string, RpcMethod][];
    return Object.fromEntries(methods.map(([name, { path }]) => [name, this.method(path, plain[name]!)])) as Peer<D>;
  }

  private method(path: string, invoke: Invoke) {
    const { service, method } = splitPath(path);
    const byToken = edgeFor('gateway', service as ServiceName, method)?.authority === 'caller-token';
    return async (request: never, http: Exchange): Promise<unknown> => {
      const meta = byToken ? withToken(http, await this.callerToken(http, path)) : metaOf(http);
      return answered(http, invoke(request, meta));
    };
  }

  /** Asks session who is calling, for exactly the method that will be called. @throws what session refuses with */
  private async callerToken(http: Exchange, path: string): Promise<string> {
    const presented = presentedFor(http);
    const request = {
      presented,
      proof: http.proof,
      method: path,
      csrfToken: http.header('Countersign-CSRF', 512),
      safe: http.safe,
      origin: http.origin,
      requiredScope: requiredScope(http, presented.$case),
    };
    const answer = await answered(http, this.checking.check(request, metaOf(http)));
    if (http.namedClient && http.namedClient.application.clientId !== answer.clientId) throw refuse('client_mismatch');
    http.callerTenant = answer.tenant;
    http.giveNonce(answer.dpopNonce);
    this.watch.known(http, answer.tenant);
    return answer.callerToken;
  }
}

/** A server's token comes in the header only: no page makes a server's call with somebody's cookie. */
function presentedFor(http: Exchange): ReturnType<Exchange['presented']> {
  const presented = http.presented();
  if (http.spec?.auth.kind === 'server' && presented.$case === 'cookie') throw refuse('credentials_missing');
  return presented;
}

function requiredScope({ spec }: Exchange, presented: Presented['$case']): string {
  const auth = spec?.auth;
  if (auth?.kind === 'server') return auth.scope;
  return auth?.kind === 'server-or-operator' && presented !== 'cookie' ? auth.scope : '';
}

const metaOf = ({ requestId, deadline }: Exchange) => ({ requestId, deadline });

/** A service's refusal is recorded by that service. */
async function answered<T>(http: Exchange, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    http.refusedByService = true;
    throw error;
  }
}
