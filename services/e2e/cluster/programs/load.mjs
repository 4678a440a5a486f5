// Runs in a pod of the image: people who sign in and refresh their tokens all the time, until SIGTERM. Then it prints what
// came of every request, as one line of JSON.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { CountersignServer } from '/app/libs/sdk-node/dist/index.js';
import { Browser } from '/app/services/standalone/dist/journey/browser.js';

const { API, SLUG, PEOPLE, PAUSE_MS } = process.env;
const ORIGIN = 'https://bank.example';
const NOBODY_IS_JUDGED = {
  limits: { perAddressPerMinute: 1_000_000, perUserPerMinute: 10_000, perTenantPerSecond: 1_000_000 },
  risk: {
    velocity: { multiple: 1_000_000, rapid: 1_000_001 },
    failures: { few: 1_000_000, many: 1_000_001 },
    whenAbsent: { signIn: 'allow', stepUp: 'allow' },
  },
};
const say = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function countersign(...args) {
  const run = ['/app/countersign.mjs', ...args, '--json', '--settings', '/etc/countersign/settings'];
  const { status, stdout, stderr } = spawnSync(process.execPath, run, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`countersign ${args.slice(0, 2).join(' ')}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** @returns a tenant's native client, and its server as the SDK knows one */
function makeBank() {
  countersign('tenant', 'create', SLUG, '--name', SLUG, '--rp-id', 'bank.example');
  writeFileSync('/tmp/policy.json', JSON.stringify(NOBODY_IS_JUDGED));
  countersign('policy', 'put', '--tenant', SLUG, '--file', '/tmp/policy.json');
  const application = (name, ...rest) =>
    countersign('application', 'create', '--tenant', SLUG, '--name', name, ...rest);
  const native = application('app', '--type', 'native', '--origin', ORIGIN).application.clientId;
  const scopes = ['subjects:write', 'subjects:read', 'introspect'].flatMap((scope) => ['--scope', scope]);
  const { application: server, clientSecret } = application('server', '--type', 'server', '--secret', ...scopes);
  return { native, sdk: new CountersignServer({ baseUrl: API, clientId: server.clientId, clientSecret }) };
}

async function enrolled({ native, sdk }, name) {
  const { id } = await sdk.createSubject({ reference: name, displayName: 'A Customer' });
  const browser = new Browser(API, native, ORIGIN);
  await browser.openTicket((await sdk.issueTicket(id)).ticket);
  await browser.register('a device');
  return browser;
}

/** A tenant reaches the services within a second or so. */
async function untilKnown(work) {
  for (const end = Date.now() + 30_000; ; await pause(200)) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

const told = { requests: 0, signIns: 0, refreshes: 0, failures: [], slowestMs: 0 };
let counts = false;

/** Every request is counted, whatever the caller makes of it. */
const plainFetch = globalThis.fetch;
globalThis.fetch = async (url, options) => {
  const begun = Date.now();
  const note = (problem) => {
    if (!counts) return;
    told.requests += 1;
    told.slowestMs = Math.max(told.slowestMs, Date.now() - begun);
    if (problem)
      told.failures.push({
        at: new Date(begun).toISOString(),
        ms: Date.now() - begun,
        path: new URL(url).pathname,
        problem,
      });
  };
  try {
    const response = await plainFetch(url, options);
    note(response.ok ? undefined : `${response.status} ${(await response.clone().text()).slice(0, 200)}`);
    return response;
  } catch (error) {
    note(String(error.cause?.code ?? error.cause?.message ?? error.message));
    throw error;
  }
};

const form = (fields) =>
  Object.entries(fields)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&');

async function refresh(browser) {
  const fields = { grant_type: 'refresh_token', client_id: browser.clientId, refresh_token: browser.refreshToken };
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    origin: ORIGIN,
    'countersign-client': browser.clientId,
  };
  const response = await fetch(`${API}/v1/oauth/token`, { method: 'POST', body: form(fields), headers });
  if (!response.ok) throw new Error('refused');
  const answer = await response.json();
  Object.assign(browser, { refreshToken: answer.refresh_token, accessToken: answer.access_token });
}

let running = true;
async function live(browser) {
  while (running) {
    try {
      await browser.signIn();
      told.signIns += 1;
      for (let turn = 0; turn < 3 && running; turn += 1) {
        await pause(Number(PAUSE_MS));
        await refresh(browser);
        told.refreshes += 1;
      }
    } catch {
      // counted where the request was made; the person tries again
    }
    await pause(Number(PAUSE_MS));
  }
}

const bank = makeBank();
const browsers = [];
for (let n = 0; n < Number(PEOPLE); n += 1)
  browsers.push(await untilKnown(() => enrolled(bank, `${SLUG}-${n}-${Date.now()}`)));
process.on('SIGTERM', () => (running = false));
counts = true;
const begun = Date.now();
say({ ready: true, people: browsers.length });
await Promise.all(browsers.map(live));
say({ seconds: Math.round((Date.now() - begun) / 1000), ...told });
