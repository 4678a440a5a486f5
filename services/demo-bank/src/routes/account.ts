import type { FastifyInstance } from 'fastify';
import { overviewOf, transfer } from '../bank.js';
import type { Callers } from '../caller.js';
import type { Customers } from '../customers.js';
import { read, transferForm } from '../requests.js';

/** `GET /api/account` and `POST /api/transfers`, in the name of the signed-in customer. */
export function accountRoutes(app: FastifyInstance, callers: Callers, customers: Customers): void {
  app.get('/api/account', async (request) => overviewOf(await callers.customer(request.headers.authorization)));

  // A confirmed payee is a trusted beneficiary (RTS on SCA, Article 13): no further confirmation for a transfer to it.
  app.post('/api/transfers', async (request, reply) => {
    const customer = await callers.customer(request.headers.authorization);
    transfer(customer, read(transferForm, request.body));
    customers.save();
    return reply.code(201).send(overviewOf(customer));
  });
}
