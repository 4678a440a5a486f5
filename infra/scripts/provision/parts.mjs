// What suites need and npm cannot bring, by the name a suite gives it in `needs`.
import { provisionChromium } from '../provision.mjs';
import { provisionHelm } from './helm.mjs';
import { provisionKafka } from './kafka.mjs';
import { provisionKms } from './kms.mjs';
import { provisionSoftHsm, softHsmEnvironment } from './softhsm.mjs';

/** Each finds or installs its part. @returns variables for the environment of whoever uses it */
export const PARTS = {
  chromium: async (env) => ({ CHROMIUM_PATH: await provisionChromium(env) }),
  kafka: provisionKafka,
  softhsm: async (env) => softHsmEnvironment(await provisionSoftHsm(env)),
  kms: provisionKms,
  helm: provisionHelm,
};

let last = Promise.resolve();

/** Variables of several parts. One part at a time, whoever asks: two of them may want the same package manager. */
export function provisionParts(names, env = process.env) {
  const found = last.then(() => findOrInstall(names, env));
  last = found.catch(() => undefined);
  return found;
}

async function findOrInstall(names, env) {
  const found = {};
  for (const name of names) Object.assign(found, await PARTS[name](env));
  return found;
}
