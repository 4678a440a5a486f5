import type { CallerName, ServiceName } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import type { Channel, Network, OutgoingCall } from './channel.js';
import type { Dispatcher } from './dispatcher.js';
import { fromWireError, toWireError } from './wire-error.js';

/** Every service in one process: the same bytes, the same checks, the caller's name carried by the channel. */
export class InProcessNetwork implements Network {
  private readonly dispatchers = new Map<ServiceName, Dispatcher>();

  channel(from: CallerName, to: ServiceName): Channel {
    return { send: (call) => this.send(from, to, call) };
  }

  serve(service: ServiceName, dispatcher: Dispatcher): Promise<{ close(): Promise<void> }> {
    this.dispatchers.set(service, dispatcher);
    const close = async (): Promise<void> => {
      this.dispatchers.delete(service);
      await dispatcher.drained();
    };
    return Promise.resolve({ close });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async send(from: CallerName, to: ServiceName, call: OutgoingCall): Promise<Buffer> {
    const dispatcher = this.dispatchers.get(to);
    if (!dispatcher) throw refuse('unavailable', { retryAfter: 1 });
    try {
      return await withinDeadline(call.deadline, dispatcher.dispatch({ ...call, caller: from }));
    } catch (error) {
      throw fromWireError(toWireError(error));
    }
  }
}

async function withinDeadline<T>(deadline: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(refuse('deadline_exceeded')), Math.max(0, deadline - Date.now())).unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
