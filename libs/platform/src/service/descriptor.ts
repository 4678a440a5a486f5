import type { DynamicModule } from '@nestjs/common';
import type { ServiceName } from '@countersign/contracts';
import type { JwksCache } from '@countersign/keys';
import type { z } from 'zod';
import type { Logger } from '../observe/log.js';
import type { ServiceMetrics } from '../observe/metrics.js';
import type { RpcClient } from '../rpc/client.js';
import type { RpcDefinition } from '../rpc/definition.js';
import type { Health } from './health.js';

/** What was refused at the door: an unlisted caller, or a caller token that does not fit. */
export interface RefusedCall {
  caller: string;
  path: string;
  requestId: string;
  code: string;
}

/** What a service gets from the platform when it starts. */
export interface ServiceRuntime<Settings = unknown> {
  readonly name: ServiceName;
  readonly settings: Settings;
  readonly log: Logger;
  readonly health: Health;
  readonly metrics: ServiceMetrics;
  /** Keys of caller tokens and grants. Session replaces them by its own. */
  callerKeys: JwksCache;
  /** Set by the service: writes the audit event of a refused call. */
  onRefusedCall: (call: RefusedCall) => void;
  /** Client of another service, with this service's name. */
  client<D extends object>(definition: D): RpcClient<D>;
  /** Runs when the service stops, in reverse order of registration, after the last call was answered. */
  onStop(stop: () => Promise<void> | void): void;
}

/** A service as `standalone` and `main.ts` start it. */
export interface ServiceDescriptor<Schema extends z.ZodObject = z.ZodObject> {
  name: ServiceName;
  settings: Schema;
  /** What it serves over RPC; empty for the gateway. */
  definitions: readonly RpcDefinition[];
  /** Wiring: opens what it needs (and registers `onStop`), answers with the Nest module. */
  module(runtime: ServiceRuntime<z.output<Schema>>): Promise<DynamicModule>;
  /** The gateway's own listener; for services without one it is absent. */
  http?(
    module: DynamicModule,
    runtime: ServiceRuntime<z.output<Schema>>,
  ): Promise<{ port: number; close(): Promise<void> }>;
}

/** Keeps the schema's type: `export const service = describeService({ name: 'challenge', … })`. */
export const describeService = <Schema extends z.ZodObject>(
  descriptor: ServiceDescriptor<Schema>,
): ServiceDescriptor<Schema> => descriptor;
