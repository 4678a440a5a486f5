import 'reflect-metadata';
import { session, type ServiceName } from '@countersign/contracts';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import type { z } from 'zod';
import type { Logger } from '../observe/log.js';
import { ServiceMetrics } from '../observe/metrics.js';
import { callerVerifier, sessionKeys } from '../rpc/caller-token.js';
import type { Network } from '../rpc/channel.js';
import { rpcClient } from '../rpc/client.js';
import { splitPath, type RpcMethod } from '../rpc/definition.js';
import { Dispatcher } from '../rpc/dispatcher.js';
import { PassErrorsThrough, RpcStrategy } from '../rpc/strategy.js';
import type { ServiceDescriptor, ServiceRuntime } from './descriptor.js';
import { Health } from './health.js';

export interface StartedService {
  name: ServiceName;
  health: Health;
  metrics: ServiceMetrics;
  /** Port of the HTTP listener (gateway) or of the gRPC listener (a process of its own). */
  port?: number;
  /** Stops accepting, answers what was accepted, then closes what the service opened. */
  stop(): Promise<void>;
}

export interface StartOptions {
  network: Network;
  log: Logger;
  metrics?: ServiceMetrics;
}

/** Starts one service on a network, in this process. */
export async function startService<Schema extends z.ZodObject>(
  descriptor: ServiceDescriptor<Schema>,
  settings: z.output<Schema>,
  { network, log, metrics = new ServiceMetrics() }: StartOptions,
): Promise<StartedService> {
  const stops: (() => Promise<void> | void)[] = [];
  const runtime = makeRuntime(descriptor.name, settings, network, log, metrics, stops);
  try {
    const module = await descriptor.module(runtime);
    let stopping: Promise<void> | undefined;
    const server = descriptor.http
      ? await descriptor.http(module, runtime)
      : await serveRpc(descriptor, module, runtime, network);
    return {
      name: descriptor.name,
      health: runtime.health,
      metrics,
      port: (server as { port?: number }).port,
      stop: () => (stopping ??= stopAll(runtime, server, stops)),
    };
  } catch (error) {
    // What could not be closed either is in the log; the start failed for the first reason.
    await closeAll(stops, runtime).catch(() => undefined);
    throw error;
  }
}

function makeRuntime<Settings>(
  name: ServiceName,
  settings: Settings,
  network: Network,
  log: Logger,
  metrics: ServiceMetrics,
  stops: (() => Promise<void> | void)[],
): ServiceRuntime<Settings> {
  const client: ServiceRuntime['client'] = (definition) => {
    const [first] = Object.values(definition) as RpcMethod[];
    return rpcClient(definition, network.channel(name, splitPath(first!.path).service as ServiceName));
  };
  return {
    name,
    settings,
    log,
    metrics,
    health: new Health(),
    client,
    callerKeys: sessionKeys(client(session.SessionServiceService)),
    onRefusedCall: ({ caller, path, requestId, code }) =>
      log.warn('call.refused', { service: name, reason: caller, method: path, requestId, code }),
    onStop: (stop) => void stops.push(stop),
  };
}

async function serveRpc(
  descriptor: ServiceDescriptor,
  module: DynamicModule,
  runtime: ServiceRuntime,
  network: Network,
): Promise<{ close(): Promise<void> }> {
  const strategy = new RpcStrategy();
  const app = await NestFactory.createMicroservice(module, { strategy, logger: false, abortOnError: false });
  runtime.onStop(() => app.close());
  app.useGlobalFilters(new PassErrorsThrough());
  await app.listen();
  const dispatcher = new Dispatcher({
    service: descriptor.name,
    definitions: descriptor.definitions,
    handlers: strategy.handlers(),
    verifyCaller: (token, path) => callerVerifier(runtime.callerKeys)(token, path),
    onRefused: (call) => runtime.onRefusedCall(call),
    log: runtime.log,
    metrics: runtime.metrics,
  });
  return network.serve(descriptor.name, dispatcher, runtime.health.ready);
}

async function stopAll(
  runtime: ServiceRuntime,
  server: { close(): Promise<void> },
  stops: (() => Promise<void> | void)[],
): Promise<void> {
  runtime.health.drain();
  try {
    await server.close();
  } finally {
    await closeAll(stops, runtime);
  }
}

/** One that fails does not keep the others open. @throws the first failure, when all have run */
async function closeAll(stops: (() => Promise<void> | void)[], { log, name }: ServiceRuntime): Promise<void> {
  const failures: unknown[] = [];
  for (const stop of stops.reverse()) {
    try {
      await stop();
    } catch (error) {
      failures.push(error);
      log.error('service.stop_failed', { service: name, error });
    }
  }
  if (failures.length > 0) throw failures[0];
}
