import { CountersignServer, type CountersignServerOptions } from '@countersign/sdk-node';
import fastify, { type FastifyInstance } from 'fastify';
import { Callers } from './caller.js';
import { Customers } from './customers.js';
import { errorAnswers } from './error-answers.js';
import type { DemoBankOptions } from './options.js';
import { accountRoutes } from './routes/account.js';
import { payeeRoutes } from './routes/payees.js';
import { signUpRoutes } from './routes/sign-up.js';
import { securityHeaders } from './security-headers.js';
import { SignUps } from './sign-up.js';

const BODY_LIMIT_BYTES = 4096;

/** The bank's own API, not listening yet; the page is added by `startDemoBank`. */
export function bankServer(options: DemoBankOptions): FastifyInstance {
  const app = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
  const platform = new CountersignServer(platformOptions(options));
  const customers = new Customers(options.dataDir);
  const callers = new Callers(platform, customers, options.clientIdWeb);
  const settings = { countersignUrl: options.countersignUrl, clientId: options.clientIdWeb };
  securityHeaders(app);
  errorAnswers(app, options.onTrouble);
  app.get('/api/settings', async () => settings);
  signUpRoutes(app, new SignUps(platform, customers));
  accountRoutes(app, callers, customers);
  payeeRoutes(app, platform, callers, customers);
  return app;
}

const platformOptions = (options: DemoBankOptions): CountersignServerOptions => ({
  baseUrl: options.countersignServerUrl ?? options.countersignUrl,
  clientId: options.serverClientId,
  ...(options.serverKey !== undefined ? { privateKey: options.serverKey } : { clientSecret: options.serverSecret }),
});
