// Runs in a pod of a tenant's namespace: the bank's server makes a person known, whose device enrolls and signs in.
import { readFileSync } from 'node:fs';
import { CountersignServer } from '/app/libs/sdk-node/dist/index.js';
import { Browser } from '/app/services/standalone/dist/journey/browser.js';

const { API, PUBLIC_URL, WEB, SERVER, ORIGIN } = process.env;
const privateKey = JSON.parse(readFileSync('/bank/key.json', 'utf8'));
const audience = `${PUBLIC_URL}/v1/oauth/token`;
const bank = new CountersignServer({ baseUrl: API, clientId: SERVER, privateKey, audience });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function journey() {
  const { id } = await bank.createSubject({ reference: `person-${Date.now()}`, displayName: 'A Customer' });
  const browser = new Browser(API, WEB, ORIGIN);
  await browser.openTicket((await bank.issueTicket(id)).ticket);
  await browser.register('a device');
  const { subject } = await browser.signIn();
  if (subject !== id) throw new Error('somebody else was signed in');
  return id;
}

for (let left = 20; ; left -= 1) {
  try {
    process.stdout.write(`${JSON.stringify({ subject: await journey() })}\n`);
    break;
  } catch (error) {
    // A tenant reaches the services within a second or so.
    if (left === 0) throw error;
    await pause(500);
  }
}
