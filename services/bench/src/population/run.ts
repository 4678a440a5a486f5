import { residentBytes } from '../cpu.js';
import type { Population } from '../flags.js';
import type { ClosedFigures } from '../measure.js';
import { CUSTOMERS } from '../runs.js';
import type { Outcome, Run } from '../run.js';
import { measureInTurns, medianRound } from '../turns.js';
import { openCase } from './case.js';
import { ratiosOf, type CaseFigures, type LargeComparison } from './compare.js';
import { largeText } from './text.js';

const SMALL: Population = { tenants: 1, credentials: CUSTOMERS };

/** The small case and a large one in turns. */
export async function runLarge(run: Run, population: Population): Promise<Outcome> {
  const small = await openCase(run, SMALL);
  const began = performance.now();
  const large = await openCase(run, population);
  const fillSeconds = (performance.now() - began) / 1000;
  const round = medianRound(await measureInTurns(run, small.candidate, large.candidate));
  const document: LargeComparison = {
    ...caseFigures(round[0], small),
    population: { ...population, fillSeconds },
    large: caseFigures(round[1], large),
    largeBySmall: ratiosOf(round),
  };
  return { document, text: largeText(document), errors: document.errors + document.large.errors };
}

const caseFigures = (
  figures: ClosedFigures,
  { candidate, footprint }: Awaited<ReturnType<typeof openCase>>,
): CaseFigures => ({ ...figures, ...footprint, endBytes: residentBytes(candidate.serverPid) });
