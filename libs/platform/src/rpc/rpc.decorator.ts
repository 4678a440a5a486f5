import { applyDecorators } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';

/** Marks a controller method as the handler of one RPC: `@Rpc(ChallengeServiceService.issue)`; called `(request, call)`. */
export const Rpc = (method: { path: string }): MethodDecorator =>
  applyDecorators(MessagePattern(method.path), (target: object, key: string | symbol) => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
  });
