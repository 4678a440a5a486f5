import { randomSecret } from '@countersign/kernel';
import { actionHash } from '@countersign/sdk-node';
import { Browser, type Json } from '@countersign/standalone';
import { ORIGIN, type Bank, type Customer } from './bank.js';
import type { HostProcess } from './host-process.js';

/** Judges nobody by how often they come, nor because a busy machine is slow to judge: for tests that keep it busy. */
export const CALM = {
  velocity: { multiple: 1_000_000, rapid: 1_000_001 },
  failures: { few: 1_000_000, many: 1_000_001 },
  whenAbsent: { signIn: 'allow', stepUp: 'allow' },
};

/** A person at a bank whose browser, or app, has opened an enrollment ticket. */
export async function invite(host: HostProcess, bank: Bank, client = bank.web): Promise<Customer> {
  const userName = `customer-${randomSecret(8)}`;
  const { id: subject } = await bank.sdk.createSubject({ reference: userName, displayName: 'A Customer' });
  const browser = new Browser(host.urls[0]!, client, ORIGIN);
  await browser.openTicket((await bank.sdk.issueTicket(subject)).ticket);
  return { subject, userName, browser };
}

/** A fresh step-up grant for an action of a signed-in browser. */
export async function grantFor(browser: Browser, name: string, parameters: Json = {}): Promise<string> {
  const { grant } = await browser.stepUp({ name, hash: actionHash({ name, parameters }) });
  return String(grant);
}

/** A further device of a signed-in person: an app of its own with an authenticator of its own. */
export interface Device {
  id: string;
  app: Browser;
}

/** Enrolls a further device with a grant, through the person's signed-in browser. */
export async function addDevice(host: HostProcess, bank: Bank, { browser }: Customer): Promise<Device> {
  const app = new Browser(host.urls[0]!, bank.native, ORIGIN);
  const grant = await grantFor(browser, 'authenticator.add');
  const options = await browser.request('POST', '/passkey/register/options', {}, { 'countersign-grant': grant });
  const credential = app.authenticator.register(options as never, { origin: ORIGIN }) as unknown as Json;
  const { device } = await browser.request<{ device: { id: string } }>('POST', '/passkey/register/verify', {
    credential,
    name: 'a further device',
  });
  return { id: device.id, app };
}
