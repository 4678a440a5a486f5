import { CountersignProblem, type CountersignServer } from '@countersign/sdk-node';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addPayee, type Customer, type Payee } from '../bank.js';
import { BankProblem } from '../bank-problem.js';
import type { Callers } from '../caller.js';
import type { Customers } from '../customers.js';
import { payeeForm, read } from '../requests.js';

const ACTION = 'payee.add';

/** `GET /api/payees` and `POST /api/payees {name, iban}` with a step-up grant as the header `Countersign-Grant`. */
export function payeeRoutes(
  app: FastifyInstance,
  platform: CountersignServer,
  callers: Callers,
  customers: Customers,
): void {
  app.get('/api/payees', async (request) => ({
    payees: (await callers.customer(request.headers.authorization)).payees,
  }));

  app.post('/api/payees', async (request, reply) => {
    const customer = await callers.customer(request.headers.authorization);
    const { name, iban } = read(payeeForm, request.body);
    await requireConfirmation(platform, customer, grantOf(request), { name, iban });
    const payee: Payee = addPayee(customer, { name, iban });
    customers.save();
    return reply.code(201).send(payee);
  });
}

const grantOf = (request: FastifyRequest): string | undefined => {
  const grant = request.headers['countersign-grant'];
  return typeof grant === 'string' ? grant : undefined;
};

/**
 * Spends the grant for exactly what is about to be done: name and parameters come from the parsed request, and the SDK
 * hashes them here. A grant for another payee, another customer, or one spent before, is refused.
 */
async function requireConfirmation(
  platform: CountersignServer,
  customer: Customer,
  grant: string | undefined,
  parameters: { name: string; iban: string },
): Promise<void> {
  if (grant === undefined) throw new BankProblem('confirmation_required', { action: ACTION });
  const redeemed = await platform.redeemGrant(grant, { name: ACTION, parameters }).catch(refuseUnlessOurs);
  if (redeemed.subject !== customer.subject) throw new BankProblem('confirmation_refused');
}

/** A grant that is spent, too old, for something else, or no grant at all. */
const GRANT_REFUSALS = new Set(['grant_refused', 'request_invalid', 'credentials_malformed']);

/** A refusal of the grant is the customer's to repeat; anything else is trouble between this server and the platform. */
function refuseUnlessOurs(error: unknown): never {
  const refused = error instanceof CountersignProblem && GRANT_REFUSALS.has(error.code);
  throw refused ? new BankProblem('confirmation_refused', {}, { cause: error }) : error;
}
