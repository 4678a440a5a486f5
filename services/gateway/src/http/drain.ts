import { Server as NetServer } from 'node:net';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long clients with an open connection have to send a request already on its way, milliseconds. */
const GRACE_MS = 400;
/** After this, connections that still answer nothing are cut, milliseconds. */
const LIMIT_MS = 20_000;
const LOOK_MS = 10;

/**
 * Stops a server without losing a request it accepted: no new connections; every request that still arrives on an open
 * one is answered and told to close it; idle ones are closed after a grace, since a request may be on its way.
 * `http.Server.close` would cut idle connections at once.
 */
export async function drain(server: Server): Promise<void> {
  NetServer.prototype.close.call(server);
  const started = Date.now();
  while ((await connections(server)) > 0) {
    const waited = Date.now() - started;
    if (waited > GRACE_MS) server.closeIdleConnections();
    if (waited > LIMIT_MS) server.closeAllConnections();
    await sleep(LOOK_MS);
  }
}

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
