import type { ServiceMetrics } from '@countersign/platform';
import type { FastifyInstance } from 'fastify';

/** Times every answer by operation and status; a path that no route has counts as `none`, so labels stay few. */
export function useHttpMetrics(server: FastifyInstance, { httpDuration }: ServiceMetrics): void {
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const method = route === 'none' ? 'none' : request.method;
    httpDuration.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}
