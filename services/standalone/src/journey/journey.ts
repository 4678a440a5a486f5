import { randomSecret } from '@countersign/kernel';
import { CountersignProblem, CountersignServer, actionHash } from '@countersign/sdk-node';
import type { JsonWebKey } from '../server-key.js';
import { Browser } from './browser.js';
import { runSteps, type JourneyResult, type Step, type StepResult } from './steps.js';
import { onceJudged } from './once-judged.js';
import { untilTrue } from './until-true.js';

/** Who makes the journey: a bank that is a tenant, and where it reaches the API. */
export interface Traveller {
  api: string;
  /** Of the bank's page. */
  origin: string;
  clientIdWeb: string;
  serverClientId: string;
  /** Private JWK of the bank's server. */
  serverKey: JsonWebKey & { kid: string };
  /** What the server's assertions are for, where the API is published under another address than `api`. */
  audience?: string;
  /** How long services may take to learn of the bank, milliseconds. */
  learnMs: number;
  /** How long every replica that is asked must know it, milliseconds; 0 where there is one. */
  settleMs: number;
}

export interface JourneyState {
  traveller: Traveller;
  bank: CountersignServer;
  browser: Browser;
  reference: string;
  subject: string;
  ticket: string;
}

const PAYEE = { name: 'payee.add', parameters: { name: 'Water works', iban: 'DE02120300000000202051' } };

/** The main job, through the public API alone. */
export const JOURNEY: readonly Step<JourneyState>[] = [
  { name: "the bank's server is known", run: ({ traveller }) => untilKnown(traveller) },
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
      const { grant } = await onceJudged(() => browser.stepUp({ name: PAYEE.name, hash: actionHash(PAYEE) }), bank);
      const redeemed = await bank.redeemGrant(String(grant), PAYEE);
      if (redeemed.subject !== subject) throw new Error('the grant is of somebody else');
    },
  },
  {
    name: 'the customer reads what was recorded',
    run: ({ browser }) =>
      untilTrue('the sign-in did not reach the history', async () => {
        const { events } = await browser.request<{ events: { type: string }[] }>('GET', '/auth/activity');
        return events.some(({ type }) => type === 'session.established');
      }),
  },
  {
    name: 'the bank reads what was recorded',
    run: ({ bank }) =>
      untilTrue('the redeemed grant did not reach the log', async () => {
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
export const runJourney = (
  traveller: Traveller,
  told: (step: StepResult, problem?: string) => void,
): Promise<JourneyResult> => runSteps(JOURNEY, setOut(traveller), told);

export const setOut = (traveller: Traveller): JourneyState => ({
  traveller,
  bank: serverOf(traveller),
  browser: new Browser(traveller.api, traveller.clientIdWeb, traveller.origin),
  reference: `journey-${randomSecret(6)}`,
  subject: '',
  ticket: '',
});

const serverOf = ({ api, serverClientId, serverKey, audience }: Traveller): CountersignServer =>
  new CountersignServer({
    baseUrl: api,
    clientId: serverClientId,
    privateKey: serverKey,
    ...(audience !== undefined && { audience }),
  });

const ASK_EVERY_MS = 100;

/** Each try authenticates anew, so that it meets whichever replicas it meets. */
async function untilKnown(traveller: Traveller): Promise<void> {
  const end = Date.now() + traveller.learnMs;
  for (let knownSince: number | undefined; ;) {
    const refused = await serverOf(traveller)
      .introspect('nothing')
      .then(() => undefined, asProblem);
    knownSince = refused ? undefined : (knownSince ?? Date.now());
    if (knownSince !== undefined && Date.now() - knownSince >= traveller.settleMs) return;
    if (Date.now() > end) throw new Error(notLearnt(traveller, refused), { cause: refused?.cause });
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

const asProblem = (error: unknown): CountersignProblem => {
  if (error instanceof CountersignProblem) return error;
  throw error;
};

const notLearnt = ({ learnMs }: Traveller, refused: CountersignProblem | undefined): string =>
  `the services did not learn of the bank within ${learnMs / 1000} s: ${refused?.code ?? 'some know it, some do not'}`;
