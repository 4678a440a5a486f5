import { createServer } from 'node:net';
import { StartRefused } from './data-dir.js';

/**
 * Refuses before anything is made when a port is taken.
 * @throws StartRefused naming the first port that is
 */
export async function requireFreePorts(...ports: number[]): Promise<void> {
  for (const port of ports) {
    const problem = await tryPort(port);
    if (problem) throw new StartRefused(`--port: port ${port} ${problem}`);
  }
}

/** Nobody listens there at this moment. */
export const isFree = async (port: number): Promise<boolean> => (await tryPort(port)) === undefined;

const tryPort = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
