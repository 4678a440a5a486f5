import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { lastValueFrom, throwError, type Observable } from 'rxjs';
import type { Call } from './call.js';

export type Handler = (request: unknown, call: Call) => Promise<unknown>;

/** Collects the handlers that Nest builds out of the controllers; both transports call them through `Dispatcher`. */
export class RpcStrategy extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }

  close(): void {}

  on(): void {}

  unwrap<T>(): T {
    throw new TypeError('there is no server behind this strategy');
  }

  /** Handlers by full method path. */
  handlers(): Map<string, Handler> {
    const bind = (handler: MessageHandler): Handler => {
      return async (request, call) => lastValueFrom(this.transformToObservable(await handler(request, call)));
    };
    return new Map([...this.messageHandlers].map(([path, handler]) => [path, bind(handler)]));
  }
}

/** Lets errors through as they are: the dispatcher turns them into wire errors. */
@Catch()
export class PassErrorsThrough implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
