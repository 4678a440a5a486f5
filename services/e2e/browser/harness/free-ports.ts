import { createServer, type AddressInfo } from 'node:net';

/** The first of two consecutive free ports: the API's, and the demo bank's beside it. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = await free(0);
    if (first < 65_535 && (await free(first + 1).catch(() => undefined))) return first;
  }
}

const free = (wished: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(wished, 'localhost', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
