import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceMetrics } from '../observe/metrics.js';
import { parseListen } from './address.js';
import type { Health } from './health.js';

export interface AdminServer {
  port: number;
  close(): Promise<void>;
}

/** `/healthz` (the process lives), `/readyz` (it wants traffic) and `/metrics` (Prometheus) for the operator's network. */
export async function startAdminServer(listen: string, health: Health, metrics: ServiceMetrics): Promise<AdminServer> {
  const { host, port } = parseListen(listen)!;
  const server = createServer((request, response) => {
    const route = request.method === 'GET' ? request.url : undefined;
    if (route === '/healthz') return answer(response, 200, { status: 'ok' });
    if (route === '/readyz') return readiness(response, health);
    if (route === '/metrics') return void scrape(response, metrics);
    return answer(response, 404, { status: 'not found' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port: (server.address() as AddressInfo).port, close };
}

function readiness(response: ServerResponse, health: Health): void {
  const failing = health.failing();
  answer(response, failing.length === 0 ? 200 : 503, { status: failing.length === 0 ? 'ready' : 'not ready', failing });
}

async function scrape(response: ServerResponse, metrics: ServiceMetrics): Promise<void> {
  const text = await metrics.registry.metrics();
  response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
}

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
