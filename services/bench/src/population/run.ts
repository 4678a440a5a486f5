import type { LoadPlan, Say } from '../measure.js';
import type { Population } from '../flags.js';
import { CUSTOMERS, type Outcome } from '../runs.js';
import { Case } from './case.js';
import { ratiosOf, type LargeComparison } from './compare.js';
import { largeText } from './text.js';

const ROUNDS = 3;
const SMALL: Population = { tenants: 1, credentials: CUSTOMERS };

/** The small case and a large one, measured in turns so that the noise of the machine falls on both. */
export async function runLarge(plan: LoadPlan, population: Population, say: Say): Promise<Outcome> {
  const small = await Case.open(SMALL, say);
  const began = performance.now();
  const large = await Case.open(population, say);
  const fillSeconds = (performance.now() - began) / 1000;
  for (const each of [small, large]) await each.warmUp(plan);
  for (let round = 1; round <= ROUNDS; round++) {
    say(`round ${round} of ${ROUNDS}: ${plan.parallel} at a time, ${plan.seconds} s small, ${plan.seconds} s large …`);
    for (const each of [small, large]) await each.round(plan);
  }
  const document: LargeComparison = {
    ...small.figures(),
    population: { ...population, fillSeconds },
    large: large.figures(),
    largeBySmall: ratiosOf(small.rounds, large.rounds),
  };
  for (const each of [small, large]) await each.close();
  return { document, text: largeText(document), errors: document.errors + document.large.errors };
}
