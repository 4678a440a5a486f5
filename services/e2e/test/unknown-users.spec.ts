import { beforeAll, expect, test } from '@jest/globals';
import {
  createBank,
  createCustomer,
  invite,
  ORIGIN,
  recorded,
  refusal,
  sharedHost,
  type Bank,
  type HostProcess,
  type Json,
} from '@countersign/e2e';
import { Browser, type HttpProblem } from '@countersign/standalone';
import { SoftAuthenticator } from '@countersign/testing';

let host: HostProcess;
let bank: Bank;
let known: string;
let keyless: string;
let browser: Browser;
beforeAll(async () => {
  host = await sharedHost();
  bank = await createBank(host);
  ({ userName: known } = await createCustomer(host, bank));
  ({ userName: keyless } = await invite(host, bank));
  browser = new Browser(host.urls[0]!, bank.web, ORIGIN);
}, 180_000);

const UNKNOWN = Array.from({ length: 12 }, (_, n) => `nobody-${n}`);
const optionsFor = (userName: string): Promise<Json> =>
  browser.request('POST', '/passkey/authenticate/options', { userName });
type Shown = { id: string; type: string; transports: string[] };
const shownFor = async (userName: string): Promise<Shown[]> => (await optionsFor(userName)).allowCredentials as Shown[];

/** Members and kinds of values at every depth, without the values; a challenge's length too. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shapeOf(member)]));
}

test('R14 · a known user, one without keys and an unknown one get options of one shape', async () => {
  const answers = await Promise.all([known, keyless, ...UNKNOWN].map(optionsFor));
  const [first] = answers;
  for (const answer of answers) {
    expect(shapeOf(answer)).toEqual(shapeOf(first));
    expect(answer).toMatchObject({
      rpId: first!.rpId,
      userVerification: first!.userVerification,
      timeout: first!.timeout,
    });
    expect(Math.abs(String(answer.challenge).length - String(first!.challenge).length)).toBeLessThanOrEqual(48);
  }
});

test('R14 · the length of a challenge does not tell either', async () => {
  const lengths = await Promise.all(
    [known, keyless, ...UNKNOWN].map(async (name) => String((await optionsFor(name)).challenge).length),
  );
  expect(new Set(lengths).size).toBe(1);
});

test('R14 · what is shown for nobody stays the same from call to call and differs from name to name', async () => {
  for (const name of [keyless, ...UNKNOWN]) expect(await shownFor(name)).toEqual(await shownFor(name));
  const ids = (await Promise.all(UNKNOWN.map(shownFor))).flat().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, transports } of (await Promise.all(UNKNOWN.map(shownFor))).flat()) {
    expect([16, 20, 32]).toContain(Buffer.from(id, 'base64url').length);
    expect(transports).toContain('internal');
  }
});

test('R14 · another bank shows other keys for the same name', async () => {
  const other = new Browser(host.urls[0]!, (await createBank(host)).web, ORIGIN);
  const { allowCredentials } = await other.request('POST', '/passkey/authenticate/options', { userName: UNKNOWN[0]! });
  expect(allowCredentials).not.toEqual(await shownFor(UNKNOWN[0]!));
});

test('R14 · completions that fail cannot be told apart, whoever was named', async () => {
  const failures = [];
  for (const name of [known, keyless, UNKNOWN[0]!]) failures.push(publicPart(await refusal(answerAs(name))));
  expect(failures[1]).toEqual(failures[0]);
  expect(failures[2]).toEqual(failures[0]);
  expect(failures[0]).toMatchObject({ status: 401, code: 'authentication_failed' });
  await recorded(bank, { type: 'authentication.refused' }, ({ code }) => code === 'signature_invalid');
  await recorded(bank, { type: 'authentication.refused' }, ({ code }) => code === 'credential_unknown');
});

test('R14 · a browser is not told to forget a key because the name was unknown', async () => {
  const { problem } = await refusal(answerAs(UNKNOWN[1]!));
  expect(problem).not.toHaveProperty('signals');
});

test('R14 · it takes about as long: the fast tenth of interleaved calls is for no name twice another’s', async () => {
  const times: Record<string, number[]> = { [known]: [], [UNKNOWN[0]!]: [], [keyless]: [] };
  for (let n = 0; n < 40; n++)
    for (const name of Object.keys(times)) times[name]!.push(await timed(() => optionsFor(name)));
  // Whatever else runs on the machine only adds to a time: the fast ones show the work.
  const fast = Object.values(times).map((each) => each.sort((a, b) => a - b)[4]!);
  expect(Math.max(...fast) / Math.min(...fast)).toBeLessThan(2);
}, 60_000);

/** An assertion for a named user with a key that is not theirs, under the first id that was shown. */
async function answerAs(userName: string): Promise<Json> {
  const options = await optionsFor(userName);
  const [shown] = options.allowCredentials as Shown[];
  const stranger = new SoftAuthenticator();
  const creation = {
    challenge: 'AAAA',
    rp: { id: 'bank.example', name: 'x' },
    user: { id: 'AAAA', name: 'x', displayName: 'x' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  };
  stranger.register(creation as never, { origin: ORIGIN });
  const assertion = stranger.authenticate({ ...options, allowCredentials: [] } as never, { origin: ORIGIN });
  const { userHandle: _, ...response } = assertion.response;
  const credential = { ...assertion, id: shown!.id, rawId: shown!.id, response };
  return browser.request('POST', '/passkey/authenticate/verify', { credential });
}

const publicPart = ({ status, problem, headers }: HttpProblem): Json => {
  const { requestId: _, ...rest } = problem;
  return { ...rest, status, headers: [...headers.keys()].sort() };
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
