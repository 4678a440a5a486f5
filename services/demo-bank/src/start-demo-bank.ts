import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { CountersignServer, type CountersignServerOptions } from '@countersign/sdk-node';
import fastify, { type FastifyInstance } from 'fastify';
import { Callers } from './caller.js';
import { Customers } from './customers.js';
import { errorAnswers } from './error-answers.js';
import type { DemoBank, DemoBankOptions } from './options.js';
import { servePage } from './page.js';
import { accountRoutes } from './routes/account.js';
import { payeeRoutes } from './routes/payees.js';
import { signUpRoutes } from './routes/sign-up.js';
import { securityHeaders } from './security-headers.js';
import { SignUps } from './sign-up.js';

const WEB_FOLDER = fileURLToPath(new URL('../web/dist', import.meta.url));
const BODY_LIMIT_BYTES = 4096;

/**
 * Starts the demo bank: its own little server and its page, on an origin of its own.
 *
 * @throws Error when the port is taken, the data directory cannot be used, or the page was not built
 */
export async function startDemoBank(options: DemoBankOptions): Promise<DemoBank> {
  const app = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
  securityHeaders(app);
  errorAnswers(app, options.onTrouble);
  bankRoutes(app, options);
  servePage(app, WEB_FOLDER, options.countersignUrl);
  await app.listen({ port: options.port, host: options.host ?? 'localhost' });
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, port, close: () => app.close() };
}

function bankRoutes(app: FastifyInstance, options: DemoBankOptions): void {
  const platform = new CountersignServer(platformOptions(options));
  const customers = new Customers(options.dataDir);
  const callers = new Callers(platform, customers, options.clientIdWeb);
  const settings = { countersignUrl: options.countersignUrl, clientId: options.clientIdWeb };
  app.get('/api/settings', async () => settings);
  signUpRoutes(app, new SignUps(platform, customers));
  accountRoutes(app, callers, customers);
  payeeRoutes(app, platform, callers, customers);
}

const platformOptions = (options: DemoBankOptions): CountersignServerOptions => ({
  baseUrl: options.countersignServerUrl ?? options.countersignUrl,
  clientId: options.serverClientId,
  ...(options.serverKey !== undefined ? { privateKey: options.serverKey } : { clientSecret: options.serverSecret }),
});
