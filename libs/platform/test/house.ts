import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { challenge, verification, type CallerName, type ServiceName } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import { createDevelopmentAuthority, type DevelopmentAuthority } from '@countersign/keys-file';
import {
  Dispatcher,
  GrpcNetwork,
  InProcessNetwork,
  ServiceMetrics,
  createLog,
  ownCall,
  rpcClient,
  type Call,
  type CallMeta,
  type Channel,
  type DispatcherOptions,
  type Network,
  type RpcClient,
  type RpcDefinition,
  type TlsMaterial,
} from '../src/index.js';

export const { ChallengeServiceService: CHALLENGE } = challenge;
export const { VerificationServiceService: VERIFICATION } = verification;
export type ChallengeClient = RpcClient<typeof CHALLENGE>;

export const call = (withinMs = 5_000): CallMeta => ownCall(uuidv7(), withinMs);

type Handler = DispatcherOptions['handlers'] extends Map<string, infer H> ? H : never;

/** What a service under test noted. */
export interface Noted {
  refused: { caller: string; path: string; requestId: string; code: string }[];
  lines: string[];
  metrics: ServiceMetrics;
}

/** A dispatcher with handlers for some methods; the others answer nothing. */
export function dispatcherOf(
  service: ServiceName,
  definition: RpcDefinition,
  handlers: Record<string, (request: never, call: Call) => Promise<unknown>>,
  over: Partial<DispatcherOptions> = {},
): { dispatcher: Dispatcher; noted: Noted } {
  const noted: Noted = { refused: [], lines: [], metrics: new ServiceMetrics() };
  const unserved: Handler = () => Promise.reject(new Error('not served'));
  const entries = Object.entries(definition).map(
    ([name, { path }]) => [path, (handlers[name] as Handler | undefined) ?? unserved] as const,
  );
  const dispatcher = new Dispatcher({
    service,
    definitions: [definition],
    handlers: new Map(entries),
    verifyCaller: () => Promise.reject(new Error('no caller token is expected')),
    onRefused: (refused) => void noted.refused.push(refused),
    log: createLog('info', { write: (line) => void noted.lines.push(line) }),
    metrics: noted.metrics,
    ...over,
  });
  return { dispatcher, noted };
}

/** The challenge service whose `issue` does what a test wants; `redeem` answers nothing. */
export const challengeService = (
  issue: (request: challenge.IssueRequest, call: Call) => Promise<challenge.IssueResponse>,
  over: Partial<DispatcherOptions> = {},
) => dispatcherOf('challenge', CHALLENGE, { issue: issue as never }, over);

/** Answers with the subject it was asked for, so that a caller sees whose answer it got. */
export const echo = (request: challenge.IssueRequest): Promise<challenge.IssueResponse> =>
  Promise.resolve({ seal: Buffer.from(request.subject) });

/** One of the two shapes of an installation. */
export interface Shape {
  serve(service: ServiceName, dispatcher: Dispatcher, health?: () => boolean): Promise<{ close(): Promise<void> }>;
  channel(from: CallerName, to: ServiceName): Channel;
  close(): Promise<void>;
}

export const inOneProcess = (): Promise<Shape> => {
  const network: Network = new InProcessNetwork();
  return Promise.resolve({
    serve: (service, dispatcher, health = () => true) => network.serve(service, dispatcher, health),
    channel: (from, to) => network.channel(from, to),
    close: () => network.close(),
  });
};

/** Certificates of one test's services. */
export class Certificates {
  private constructor(
    private readonly folder: string,
    private readonly authority: DevelopmentAuthority,
  ) {}

  static async open(): Promise<Certificates> {
    const folder = mkdtempSync(join(tmpdir(), 'platform-tls-'));
    return new Certificates(folder, await createDevelopmentAuthority(folder));
  }

  get ca(): Buffer {
    return Buffer.from(this.authority.certificate);
  }

  /** The authority's own key: who holds it can be every service. */
  get caKey(): Buffer {
    return readFileSync(join(this.folder, 'authority.key'));
  }

  async of(name: string, days?: number): Promise<TlsMaterial> {
    const { certificate, key } = await this.authority.issue(name, days === undefined ? {} : { days });
    return { cert: Buffer.from(certificate), key: Buffer.from(key), ca: this.ca };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Several processes in one: each service listens with its own certificate, each caller has its own network. */
export async function overGrpc(): Promise<Shape> {
  const certificates = await Certificates.open();
  const material = new Map<string, TlsMaterial>();
  for (const name of ['challenge', 'verification', 'enrollment', 'gateway', 'risk', 'session', 'tenant'])
    material.set(name, await certificates.of(name));
  const addresses: Partial<Record<ServiceName, string[]>> = {};
  const networks: GrpcNetwork[] = [];
  const servers: { close(): Promise<void> }[] = [];
  const network = (name: string, peers: Partial<Record<ServiceName, string[]>>): GrpcNetwork => {
    const made = new GrpcNetwork({ listen: '127.0.0.1:0', peers, tls: material.get(name)! });
    networks.push(made);
    return made;
  };
  return {
    serve: async (service, dispatcher, health = () => true) => {
      const server = await network(service, {}).serve(service, dispatcher, health);
      servers.push(server);
      (addresses[service] ??= []).push(`127.0.0.1:${server.port}`);
      return server;
    },
    channel: (from, to) => network(from, { [to]: addresses[to] ?? [] }).channel(from, to),
    close: async () => {
      for (const each of servers) await each.close();
      for (const each of networks) await each.close();
      certificates.close();
    },
  };
}

export const SHAPES = [
  ['in one process', inOneProcess],
  ['over gRPC with mutual TLS', overGrpc],
] as const;

export const clientOf = (shape: Shape, from: CallerName): ChallengeClient =>
  rpcClient(CHALLENGE, shape.channel(from, 'challenge'));

/** A request whose answer, by `echo`, is this text. */
export const asking = (subject: string, context = Buffer.alloc(0)): challenge.IssueRequest =>
  challenge.IssueRequest.fromPartial({ tenant: 'tenant', clientId: 'client', subject, context, ttlSeconds: 60 });

/** What a call was refused with. */
export const refusalOf = (work: Promise<unknown>): Promise<{ code: string; details: object; internal?: string }> =>
  work.then(
    () => Promise.reject(new Error('it was answered')),
    (error: unknown) => error as { code: string; details: object; internal?: string },
  );

/** A promise and its end, for handlers that a test lets go. */
export function gate(): { open: () => void; passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}
