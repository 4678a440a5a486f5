import { randomSecret } from '@countersign/kernel';
import { CountersignServer, actionHash } from '@countersign/sdk-node';
import type { DemoBank } from '../demo.js';
import { Browser } from './browser.js';
import { runSteps, type JourneyResult, type Step, type StepResult } from './steps.js';

interface State {
  bank: CountersignServer;
  browser: Browser;
  reference: string;
  subject: string;
  ticket: string;
}

const PAYEE = { name: 'payee.add', parameters: { name: 'Water works', iban: 'DE02120300000000202051' } };

/** The main job, through the public API alone. */
const STEPS: readonly Step<State>[] = [
  {
    name: "the bank's server is known",
    run: ({ bank }) =>
      untilTrue('the services did not learn of the demo bank within 10 s', () =>
        bank.introspect('nothing').then(
          () => true,
          () => false,
        ),
      ),
  },
  {
    name: 'the bank creates a customer',
    run: async (state) => {
      const { id } = await state.bank.createSubject({ reference: state.reference, displayName: 'A new customer' });
      state.subject = id;
    },
  },
  {
    name: 'the bank issues an enrollment ticket',
    run: async (state) => {
      state.ticket = (await state.bank.issueTicket(state.subject)).ticket;
    },
  },
  {
    name: 'the customer opens the ticket',
    run: async ({ browser, ticket }) => {
      await browser.openTicket(ticket);
    },
  },
  {
    name: "the customer's device is enrolled",
    run: async ({ browser }) => {
      await browser.register('A software authenticator');
    },
  },
  {
    name: 'the customer signs in without a user name',
    run: async ({ browser, subject }) => {
      const signedIn = await browser.signIn();
      if (signedIn.subject !== subject) throw new Error('somebody else was signed in');
    },
  },
  {
    name: 'the customer steps up for a sensitive action, and the bank redeems the grant',
    run: async ({ browser, bank, subject }) => {
      const { grant } = await browser.stepUp({ name: PAYEE.name, hash: actionHash(PAYEE) });
      const redeemed = await bank.redeemGrant(String(grant), PAYEE);
      if (redeemed.subject !== subject) throw new Error('the grant is of somebody else');
    },
  },
  {
    name: 'the customer reads what was recorded',
    run: ({ browser }) =>
      untilTrue('the sign-in did not reach the history within 10 s', async () => {
        const { events } = await browser.request<{ events: { type: string }[] }>('GET', '/auth/activity');
        return events.some(({ type }) => type === 'session.established');
      }),
  },
  {
    name: 'the bank reads what was recorded',
    run: ({ bank }) =>
      untilTrue('the redeemed grant did not reach the log within 10 s', async () => {
        const { events } = await bank.events({ type: 'grant.redeemed', limit: 1 });
        return events.length === 1;
      }),
  },
  {
    name: 'the customer signs out',
    run: async ({ browser }) => {
      await browser.request('POST', '/auth/sign-out', {});
    },
  },
];

/** Runs the journey against a served installation. */
export function runJourney(
  api: string,
  origin: string,
  demo: DemoBank,
  told: (step: StepResult, problem?: string) => void,
): Promise<JourneyResult> {
  const bank = new CountersignServer({ baseUrl: api, clientId: demo.serverClientId, privateKey: demo.serverKey });
  const reference = `journey-${randomSecret(6)}`;
  const browser = new Browser(api, demo.clientIdWeb, origin);
  return runSteps(STEPS, { bank, browser, reference, subject: '', ticket: '' }, told);
}

/** Recording follows the change within a second or so; the log is asked until it has it. */
async function untilTrue(problem: string, ask: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(problem);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
