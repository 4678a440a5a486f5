import { CountersignProblem } from '@countersign/sdk-node';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { BankProblem } from './bank-problem.js';

/** Every refusal leaves as a problem document; what was not meant for the customer stays here. */
export function errorAnswers(app: FastifyInstance, onTrouble?: (cause: unknown) => void): void {
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemFor(error);
    if (problem.status >= 500 && problem.cause !== undefined) onTrouble?.(problem.cause);
    return send(reply, problem);
  });
  app.setNotFoundHandler((_request, reply) => send(reply, new BankProblem('not_found')));
}

const send = (reply: FastifyReply, problem: BankProblem): FastifyReply =>
  reply.code(problem.status).header('Content-Type', 'application/problem+json').send(JSON.stringify(problem));

/** The platform's refusals of this server are not the customer's business: to them it is out of reach. */
function problemFor(error: unknown): BankProblem {
  if (error instanceof BankProblem) return error;
  if (error instanceof CountersignProblem) return new BankProblem('platform_unavailable', {}, { cause: error });
  return new BankProblem(isClientError(error) ? 'request_invalid' : 'internal', {}, { cause: error });
}

/** Fastify's own refusals: a body that is too large, of another type, or no JSON. */
const isClientError = (error: unknown): boolean => {
  const { statusCode } = error as Partial<FastifyError>;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500;
};
