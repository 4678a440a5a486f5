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

/** Variables of several parts. */
export async function provisionParts(names, env = process.env) {
  const found = {};
  for (const name of names) Object.assign(found, await PARTS[name](env));
  return found;
}
