import { Controller, Get, HttpStatus, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { READY } from '../tokens.js';

/** For the load balancer in front: whether to send traffic here. What fails is told on the operators' own port. */
@Controller()
export class ProbesController {
  constructor(@Inject(READY) private readonly ready: () => boolean) {}

  @Get('healthz')
  alive() {
    return { status: 'ok' };
  }

  @Get('readyz')
  isReady(@Res({ passthrough: true }) reply: FastifyReply) {
    const ready = this.ready();
    if (!ready) reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: ready ? 'ready' : 'not ready' };
  }
}
