import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { bankServer } from './bank-server.js';
import type { DemoBank, DemoBankOptions } from './options.js';
import { servePage } from './page.js';

const WEB_FOLDER = fileURLToPath(new URL('../web/dist', import.meta.url));

/**
 * Starts the demo bank: its own little server and its page, on an origin of its own.
 *
 * @throws Error when the port is taken, the data directory cannot be used, or the page was not built
 */
export async function startDemoBank(options: DemoBankOptions): Promise<DemoBank> {
  const app = bankServer(options);
  servePage(app, WEB_FOLDER, options.countersignUrl);
  await app.listen({ port: options.port, host: options.host ?? 'localhost' });
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, port, close: () => app.close() };
}
