import type { CountersignServer } from '@countersign/sdk-node';
import { HttpProblem } from './browser.js';
import { untilTrue } from './until-true.js';

const MOST_TRIES = 5;

/** The bank's view of its log. */
type Log = Pick<CountersignServer, 'events'>;

/**
 * A step-up, asked for again where the log says that risk was absent: it has a tenth of a second, and policy may refuse a step-up
 * it was too late for. Services that have just started, or share their machine, are that late now and then. Whatever else
 * refuses a step-up refuses it here.
 */
export async function onceJudged<T>(stepUp: () => Promise<T>, log: Log): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await stepUp();
    } catch (error) {
      if (tries === MOST_TRIES || !(await wasAbsentRisk(error, log))) throw error;
    }
  }
}

async function wasAbsentRisk(error: unknown, log: Log): Promise<boolean> {
  if (!(error instanceof HttpProblem) || error.code !== 'step_up_failed') return false;
  let code: unknown;
  await untilTrue('the refusal did not reach the log', async () => {
    const { events } = await log.events({ type: 'stepup.refused', limit: 20 });
    code = events.find(({ event }) => event.request === error.problem.requestId)?.event.code;
    return code !== undefined;
  });
  return code === 'risk_absent';
}
