import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, type ServiceName } from '@countersign/contracts';
import { InProcessNetwork, createLog, startService, type StartedService } from '@countersign/platform';
import { readDatabaseUrl, type KeySettings } from '@countersign/service-base';
import { controlOver, type Control } from '../control.js';
import { KEY_STORES, openKeysOf, type OpenedKeys } from '../installed-keys.js';
import { INSTALLED } from '../services.js';
import { recordControl } from './control-record.js';
import { embeddedSource } from './embedded-source.js';
import { factsOf } from './facts.js';
import { folderSource } from './folder-source.js';
import type { House } from './house.js';
import { valid } from './read-settings.js';
import { publishSnapshotKeys } from './snapshot-keys.js';
import type { Source } from './source.js';
import { openStores } from './stores.js';

const NEEDED: readonly ServiceName[] = ['tenant', 'enrollment'];
const READY_MS = 10_000;
/** Beside the connections that the running services have. */
const CONNECTIONS = 2;

/** Which installation a command is for. */
export type Place = { dataDir: string } | { settings: string };

/** @throws CommandFailed when there is none */
export const openHouse = (place: Place): House =>
  houseOver('settings' in place ? folderSource(place.settings) : embeddedSource(place.dataDir));

/** Services and key stores are opened one by one, each when it is first asked for. */
export function houseOver(source: Source): House {
  const network = new InProcessNetwork();
  const closing: (() => Promise<void>)[] = [];
  const elsewhere = once(() => {
    const found = source.reachable?.();
    if (found) closing.push(() => found.network.close());
    return found;
  });
  const database = once(async () => void closing.push(await source.openDatabase()));
  const service = eachOnce(async (name: ServiceName) => {
    await database();
    closing.push((await startOne(source, name, network)).stop);
  });
  const store = eachOnce(async (name: string) => {
    const opened = await openStore(source, name);
    closing.push(opened.close);
    return opened.keys;
  });
  const stores = eachOnce(async (name: ServiceName) => {
    await database();
    const opened = openStores(name, valid(source.settingsOf(name)));
    closing.push(() => Promise.all([opened.own.close(), opened.relay.close()]).then(() => undefined));
    return opened;
  });
  const reach = async (...names: ServiceName[]): Promise<Control> => {
    const found = elsewhere();
    for (const name of names) await (found ? found.require(name) : service(name));
    return controlOver(found?.network ?? network);
  };
  return {
    get publicUrl() {
      return elsewhere()?.publicUrl ?? source.publicUrl;
    },
    reach,
    control: (also = []) => reach(...NEEDED, ...also),
    keyStoreNames: [...new Set(Object.values(KEY_STORES))],
    keyStore: store,
    record: async (event) => recordControl((await stores('tenant')).own, event),
    publishSnapshotKeys: async (configMap = configMapOf(source)) =>
      publishSnapshotKeys(await store(KEY_STORES.tenant!), { files: filesOf(source), configMap }),
    settingsOf: (name) => valid(source.settingsOf(name)),
    adminSettings: () => valid(source.admin()),
    adminUrl: () => readDatabaseUrl('adminUrlFile', String(valid(source.admin())['adminUrlFile'])),
    stores,
    facts: () => factsOf(source),
    close: async () => {
      for (const close of closing.reverse()) await close();
    },
  };
}

/** Where services read the public keys of snapshots: of all whose settings are here. */
function filesOf(source: Source): string[] {
  const files = SERVICES.map((name) => source.settingsOf(name).settings['snapshotKeysFile']);
  return [...new Set(files.filter((file) => typeof file === 'string'))];
}

const configMapOf = (source: Source): string | undefined =>
  source.admin().settings['snapshotKeysConfigMap'] as string | undefined;

function openStore(source: Source, name: string): Promise<OpenedKeys> {
  const owner = SERVICES.find((service) => KEY_STORES[service] === name)!;
  return openKeysOf(owner, valid(source.settingsOf(owner)) as KeySettings & { databaseUrlFile: string });
}

async function startOne(source: Source, name: ServiceName, network: InProcessNetwork): Promise<StartedService> {
  const settings = { ...valid(source.settingsOf(name)), databaseConnections: CONNECTIONS };
  const started = await startService(INSTALLED[name].service, settings, { network, log: createLog('silent') });
  for (const end = Date.now() + READY_MS; !started.health.ready() && Date.now() < end;) await sleep(20);
  return started;
}

function once<T>(open: () => T): () => T {
  let opened: { value: T } | undefined;
  return () => (opened ??= { value: open() }).value;
}

function eachOnce<K, T>(open: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const opened = new Map<K, Promise<T>>();
  return (key) => {
    const found = opened.get(key) ?? open(key);
    opened.set(key, found);
    return found;
  };
}
