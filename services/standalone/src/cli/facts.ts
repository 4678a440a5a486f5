import { SERVICES } from '@countersign/contracts';
import { INSTALLED } from '../services.js';
import type { Facts } from './house.js';
import type { Source } from './source.js';

/** Settings that name a file nobody else may read. */
const SECRET = [
  'databaseUrlFile',
  'relayUrlFile',
  'keysFile',
  'masterKeyFile',
  'pkcs11PinFile',
  'kmsCredentialsFile',
  'vaultClientSecretFile',
  'tlsKeyFile',
  'kafkaPasswordFile',
];

/** What the doctor looks at. */
export async function factsOf(source: Source): Promise<Facts> {
  const told = SERVICES.map((name) => ({ name, ...source.settingsOf(name) }));
  const files = told.flatMap(({ settings }) => SECRET.map((key) => settings[key]));
  return {
    administrator: await source.administrator(),
    services: told.map(({ name, problems }) => ({
      name,
      migrationsDir: INSTALLED[name].migrationsDir,
      settingsProblems: problems,
    })),
    secretFiles: [...new Set(files.filter((file) => typeof file === 'string'))],
  };
}
