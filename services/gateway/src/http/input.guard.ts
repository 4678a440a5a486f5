import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { specOf } from './endpoint.js';
import type { EdgeRequest } from './exchange.js';
import { readInput } from './validate.js';

/** Between routing and handler: the request's input is of the form its endpoint declares. */
@Injectable()
export class InputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const spec = specOf(context.getHandler());
    const request = context.switchToHttp().getRequest<EdgeRequest>();
    if (spec) readInput(spec, request.exchange, request);
    return true;
  }
}
