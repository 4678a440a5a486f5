import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** How long a connection without a request is kept, since one may be on its way, milliseconds. */
const GRACE_MS = 400;
/** A proxy keeps connections for the next request of anybody: each gets the time to be told that it closes. */
const PROXY_GRACE_MS = 5_000;
/** After this, connections are cut whatever they do, milliseconds. */
const LIMIT_MS = 20_000;
const LOOK_MS = 10;
/** How long connections that wait to be taken are still taken, milliseconds. */
const TAKE_MS = 250;
const QUIET_TURNS = 3;

interface Held {
  /** Requests being answered. */
  busy: number;
  /** When the last one was answered, or the connection was made. */
  since: number;
}

/** The connections of a server, so that it can stop without losing a request it accepted. */
export class Connections {
  private readonly held = new Map<Socket, Held>();
  private made = 0;
  private closing = false;
  private readonly graceMs: number;

  constructor(
    private readonly server: Server,
    { behindProxy }: { behindProxy: boolean },
  ) {
    this.graceMs = behindProxy ? PROXY_GRACE_MS : GRACE_MS;
    server.on('connection', (socket: Socket) => {
      this.made += 1;
      this.held.set(socket, { busy: 0, since: Date.now() });
      socket.once('close', () => this.held.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      const held = this.held.get(socket);
      if (!held) return;
      held.busy += 1;
      response.once('close', () => {
        held.busy -= 1;
        held.since = Date.now();
      });
    });
  }

  /** Answers are to close their connection. Only once the listener is closed: otherwise clients would come straight back. */
  get draining(): boolean {
    return this.closing;
  }

  /**
   * No new connections; every request that still arrives on an open one is answered, by handlers that tell the client to
   * close it; one without a request is closed after a grace. `http.Server.close` would cut idle connections at once, also
   * those whose next request is on its way. To be called once.
   */
  async drain(): Promise<void> {
    const started = Date.now();
    await this.takeWaiting(started);
    NetServer.prototype.close.call(this.server);
    this.closing = true;
    while (this.held.size > 0) {
      await sleep(LOOK_MS);
      // And what has arrived on open connections is read before they are judged idle.
      await turn();
      this.closeQuiet(started);
    }
  }

  /** Takes the connections the system has accepted in our name: each turn of the event loop takes one, while there is one. */
  private async takeWaiting(started: number): Promise<void> {
    for (let quiet = 0, before = this.made; quiet < QUIET_TURNS && Date.now() - started < TAKE_MS;) {
      await turn();
      quiet = this.made === before ? quiet + 1 : 0;
      before = this.made;
    }
  }

  private closeQuiet(started: number): void {
    const now = Date.now();
    for (const [socket, { busy, since }] of this.held) {
      const quiet = busy === 0 && now - Math.max(since, started) > this.graceMs;
      if (quiet || now - started > LIMIT_MS) socket.destroy();
    }
  }
}
