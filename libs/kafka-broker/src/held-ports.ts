import { randomInt } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Below what systems give away by default: neither who asks for a port nor a connection that goes out takes one of these. */
const PORTS = { from: 7_100, until: 7_900 };

export interface HeldPorts {
  numbers: readonly number[];
  /** From now on whoever comes first has them. */
  letGo(): Promise<void>;
}

/** Free ports of loopback, taken for as long as brokers are prepared: a second is long enough for somebody else's draw. */
export async function holdPorts(count: number): Promise<HeldPorts> {
  const servers: Server[] = [];
  while (servers.length < count) {
    const server = await listenOn(randomInt(PORTS.from, PORTS.until));
    if (server) servers.push(server);
  }
  return {
    numbers: servers.map((server) => (server.address() as AddressInfo).port),
    letGo: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** @returns undefined when the port is taken */
const listenOn = (port: number): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer().unref();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
