import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import { embeddedAdminUrl, urlFor, withClient } from '@countersign/database';
import { InProcessNetwork, createLog, startService, type StartedService } from '@countersign/platform';
import { controlOver, type Control } from '../control.js';
import { openDataDir, type DataDir } from '../data-dir.js';
import {
  DATABASE,
  attachInstallation,
  keyStoresOf,
  openInstallation,
  publishSnapshotKeys,
  type Installation,
} from '../installation.js';
import { publicUrlOf } from '../public-url.js';
import { INSTALLED } from '../services.js';
import { CommandFailed } from './command.js';
import type { Facts, House } from './house.js';

const NEEDED: readonly ServiceName[] = ['tenant', 'enrollment'];
const READY_MS = 10_000;

/**
 * The installation in a data directory. While another process runs its database the command joins it; otherwise the
 * database is started for as long as the command lasts.
 *
 * @throws CommandFailed when there is no installation: a command line makes none by mistake
 */
export function openHouse(dataDir: string): House {
  if (!existsSync(dataDir)) throw new CommandFailed(`there is no installation at ${dataDir}; npm start makes one`);
  const data = openDataDir(dataDir);
  const known = publicUrlOf(data);
  if (known === undefined) throw new CommandFailed(`there is no installation at ${data.path}; npm start makes one`);
  const publicUrl = known;
  const closing: (() => Promise<void>)[] = [];
  let control: Promise<Control> | undefined;
  const start = async (also: readonly ServiceName[]): Promise<Control> => {
    const installation = await reach(data, publicUrl);
    closing.push(installation.stop);
    const network = new InProcessNetwork();
    for (const name of [...NEEDED, ...also]) {
      const service = await startOne(installation, name, network);
      closing.push(service.stop);
    }
    return controlOver(network);
  };
  return {
    publicUrl,
    control: (also = []) => (control ??= start(also)),
    keyStores: () => keyStoresOf(data),
    publishSnapshotKeys: () => publishSnapshotKeys(data),
    facts: () => factsOf(data, publicUrl),
    close: async () => {
      for (const close of closing.reverse()) await close();
    },
  };
}

async function reach(data: DataDir, publicUrl: string): Promise<Installation> {
  const options = { data, publicUrl, logLevel: 'silent', databaseConnections: 2, log: () => undefined };
  const running = await runningDatabase(data);
  return running ? attachInstallation(options, running) : openInstallation(options);
}

/** Administrator's URL, when the server answers. */
async function runningDatabase(data: DataDir): Promise<string | undefined> {
  const url = embeddedAdminUrl(data.postgres);
  if (!url) return undefined;
  const inside = urlFor(url, DATABASE);
  const answers = withClient(inside, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );
  return (await answers) ? inside : undefined;
}

async function startOne(
  installation: Installation,
  name: ServiceName,
  network: InProcessNetwork,
): Promise<StartedService> {
  const { service } = INSTALLED[name];
  const settings = service.settings.parse(installation.settingsFor(name));
  const started = await startService(service, settings, { network, log: createLog('silent') });
  for (const end = Date.now() + READY_MS; !started.health.ready() && Date.now() < end;) await sleep(20);
  return started;
}

async function factsOf(data: DataDir, publicUrl: string): Promise<Facts> {
  const adminUrl = await runningDatabase(data);
  const { settingsFor } = attachInstallation(
    { data, publicUrl, logLevel: 'silent', log: () => undefined },
    adminUrl ?? '',
  );
  const settings = SERVICES.map((name) => ({ name, given: settingsFor(name) }));
  return {
    adminUrl,
    services: settings.map(({ name, given }) => {
      const { service, migrationsDir } = INSTALLED[name];
      const issues = service.settings.safeParse(given).error?.issues ?? [];
      return {
        name,
        migrationsDir,
        settingsProblems: issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
      };
    }),
    secretFiles: [
      ...new Set(
        settings.flatMap(({ given }) => SECRET.map((key) => given[key]).filter((file) => typeof file === 'string')),
      ),
    ],
  };
}

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
