import { CHECK, prepareCheckTenant } from '../../journey/check-tenant.js';
import { JOURNEY, setOut, type JourneyState } from '../../journey/journey.js';
import { runSteps, type Step, type StepResult } from '../../journey/steps.js';
import type { House } from '../house.js';
import { UsageError, type Answer, type CommandBody, type Input } from '../command.js';

/** In a cluster every service has replicas that learn by themselves, within half a second. */
const [LEARN_MS, SETTLE_MS] = [30_000, 1_500];

export const journey: CommandBody = {
  options: {
    api: { value: '<url>', help: 'where the API answers (default: where it is published)' },
  },
  notes: [
    `It makes the tenant ${CHECK.slug} for this, or brings it up to date, and a person in it who is erased at the end.`,
    'The authenticator is one of software and keeps nothing.',
  ],
  run: async (input, { house, note }): Promise<Answer> => {
    const api = apiIn(input, house);
    const steps: (StepResult & { problem?: string })[] = [];
    const told = (step: StepResult, problem?: string): void => {
      steps.push({ ...step, ...(problem !== undefined && { problem }) });
      if (!input.given('json')) note(lineOf(step));
    };
    const { ok } = await runSteps(stepsOf(house, api), {} as JourneyState, told);
    const { name, problem } = steps.at(-1)!;
    const total = Math.round(steps.reduce((sum, { ms }) => sum + ms, 0));
    const end = ok ? `the journey passed: ${steps.length} steps in ${total} ms, at ${api}` : `${name}: ${problem}`;
    return { json: { ok, api, steps }, lines: [end], failed: !ok };
  },
};

/** What comes before the journey and after it needs the control plane. */
const stepsOf = (house: House, api: string): Step<JourneyState>[] => [
  {
    name: 'the control plane makes the tenant of this check',
    run: async (state) => {
      const bank = await prepareCheckTenant(await house.control());
      const audience = `${house.publicUrl}/v1/oauth/token`;
      Object.assign(state, setOut({ ...bank, api, audience, learnMs: LEARN_MS, settleMs: SETTLE_MS }));
    },
  },
  ...JOURNEY,
  {
    name: 'the customer is erased',
    run: async ({ subject }) => {
      const { enrollment, call } = await house.control();
      await enrollment.eraseSubject({ subject, tenant: CHECK.slug }, call());
    },
  },
];

function apiIn(input: Input, house: House): string {
  if (!input.given('api')) return house.publicUrl;
  const text = input.text('api');
  if (!URL.canParse(text)) throw new UsageError(`--api is not a URL: '${text}'`, 'journey');
  return text.replace(/\/+$/, '');
}

const lineOf = ({ name, ok, ms }: StepResult): string =>
  `${ok ? 'ok  ' : 'FAIL'} ${`${ms.toFixed(1)} ms`.padStart(10)}  ${name}`;
