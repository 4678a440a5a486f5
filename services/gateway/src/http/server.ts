import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { refuse, uuidv7 } from '@countersign/kernel';
import { parseListen, type ServiceRuntime } from '@countersign/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { trustedProxies } from '../domain/address.js';
import { cookieJar } from '../domain/cookie.js';
import { MAX_BODY_BYTES } from '../domain/strict-json.js';
import type { GatewaySettings } from '../settings.js';
import { DIRECTORY, LIMITS, ORIGINS, REFUSALS } from '../tokens.js';
import { answerMalformed } from './bad-request.js';
import { useBodyParsers } from './body-parsers.js';
import { Connections } from './drain.js';
import { Edge } from './edge.js';
import { useHttpMetrics } from './http-metrics.js';
import { InputGuard } from './input.guard.js';
import { ProblemFilter } from './problem.filter.js';
import { problemOf } from './problem.js';
import { RouteTable } from './route-table.js';
import { securityHeaders } from './security-headers.js';
import type { EdgeLimits } from '../limits/limits.js';
import type { RefusalRecord } from '../limits/refusal-record.js';

/** A request, headers and body, has arrived within this time or is dropped, milliseconds. */
const REQUEST_MS = 15_000;
const KEEP_ALIVE_MS = 65_000;

/** The HTTP listener: opens on `httpListen`, answers until closed, and closes without losing what it accepted. */
export async function listen(
  module: DynamicModule,
  runtime: ServiceRuntime<GatewaySettings>,
): Promise<{ port: number; close(): Promise<void> }> {
  const { publicUrl, httpListen, behindTlsProxy } = runtime.settings;
  const app = await NestFactory.create<NestFastifyApplication>(module, adapterFor(publicUrl), {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  const server = app.getHttpServer() as Server;
  const connections = new Connections(server, { behindProxy: behindTlsProxy });
  useEdge(app, runtime, () => connections.draining);
  const { host, port } = parseListen(httpListen)!;
  await app.listen(port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      await connections.drain();
      await app.close();
    },
  };
}

function adapterFor(publicUrl: string): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
    skipMiddie: true,
    multipart: false,
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => answerMalformed(error, socket, publicUrl),
    frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      const requestId = uuidv7();
      const { status, body } = problemOf(refuse('request_invalid'), { publicUrl, requestId });
      const headers = { ...securityHeaders(publicUrl).api, 'countersign-request-id': requestId };
      void reply.status(status).headers(headers).type('application/problem+json').send(body);
    },
  });
}

function useEdge(app: NestFastifyApplication, runtime: ServiceRuntime<GatewaySettings>, draining: () => boolean): void {
  const { publicUrl, trustedProxies: networks } = runtime.settings;
  const routes = new RouteTable();
  const refusals = app.get<RefusalRecord>(REFUSALS);
  const edge = new Edge({
    directory: app.get(DIRECTORY),
    limits: app.get(LIMITS),
    known: app.get(ORIGINS),
    jar: cookieJar(publicUrl),
    headers: securityHeaders(publicUrl),
    trusted: trustedProxies(networks),
    specOf: ({ method, routeOptions }) => routes.specOf(method, routeOptions.url),
    draining,
  });
  const server = app.getHttpAdapter().getInstance();
  useBodyParsers(server);
  useHttpMetrics(server, runtime.metrics);
  server.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  server.addHook('onRequest', (request, reply, done) => {
    if (!edge.arrive(request, reply)) done();
  });
  app.useGlobalGuards(new InputGuard());
  app.useGlobalFilters(
    new ProblemFilter({
      publicUrl,
      log: runtime.log,
      methodsAt: (path) => routes.methodsAt(path),
      onRefused: (http, code) => refusals.refused(http, code),
      onFailed: (http) => app.get<EdgeLimits>(LIMITS).failed(http),
    }),
  );
}
