import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyInfo, KeyStore } from '@countersign/keys';
import { CommandFailed, type Answer, type Command, type Input } from '../command.js';
import { columns } from '../help.js';
import type { House } from '../house.js';

const SNAPSHOT = 'snapshot';
/** After which every process that shares a key file has seen a change of it. */
const SEEN_MS = 1_100;

export const keyList: Command = {
  name: 'key list',
  summary: 'Lists the keys of the installation. Private halves are never shown.',
  options: {},
  run: async (_, { house }) => {
    const keys = await allKeys(house);
    const rows = keys.map(({ store, name, version, use, state, createdAt }) => [
      store,
      name,
      `${version}`,
      use,
      state,
      createdAt.toISOString(),
    ]);
    return { json: { keys }, lines: columns([['STORE', 'NAME', 'VERSION', 'USE', 'STATE', 'CREATED'], ...rows]) };
  },
};

export const keyRotate: Command = {
  name: 'key rotate',
  summary: 'Replaces a key in two steps: publish the next version, then use it.',
  argument: { value: '<name>', help: 'name of the key, as `key list` shows it' },
  options: {
    store: { value: '<store>', help: 'where it is, for a name that several stores have' },
    activate: { help: 'second step: the published version takes over' },
  },
  notes: [
    'First step: makes the next version and publishes its public half. Nothing is signed with it yet, so that everyone',
    'who verifies can learn of it. Second step (--activate): it takes over; what the one before it signed or wrapped stays',
    'good. Both steps can be repeated.',
    'The key `snapshot` signs configuration: services read its public half when they start, so restart them between the',
    'two steps. The second step then signs every snapshot again.',
  ],
  run: async (input, { house }) => {
    const { store, keys } = await storeOf(house, input);
    return input.given('activate')
      ? activate(house, store, keys, input.argument)
      : prepare(house, store, keys, input.argument);
  },
};

async function prepare(house: House, store: string, keys: KeyStore, name: string): Promise<Answer> {
  const next = await keys.prepare(name);
  if (name === SNAPSHOT) await house.publishSnapshotKeys();
  const wait =
    name === SNAPSHOT ? 'restart the services, then' : 'wait until every verifier has fetched the new key set, then';
  const then = next.use === 'wrap' ? '' : `${wait} `;
  return {
    json: { store, key: next },
    lines: [
      `${next.id} is published and not used yet`,
      `${then}run: countersign key rotate ${name} --store ${store} --activate`,
    ],
  };
}

async function activate(house: House, store: string, keys: KeyStore, name: string): Promise<Answer> {
  const versions = await keys.list(name);
  const next = versions.find(({ state }) => state === 'next') ?? versions.find(({ state }) => state === 'active');
  if (!next || (next.state === 'active' && name !== SNAPSHOT))
    throw new CommandFailed(`no version of ${name} waits; run the first step`);
  const key = await keys.activate(next.id);
  if (name !== SNAPSHOT) return { json: { store, key }, lines: [`${key.id} is in use`] };
  const signed = await signAgain(house);
  return { json: { store, key, signed }, lines: [`${key.id} is in use`, `${signed} snapshots signed again`] };
}

/** Only when every process uses the new key: a snapshot signed with the old one meanwhile is found and signed again too. */
async function signAgain(house: House): Promise<number> {
  await house.publishSnapshotKeys();
  await sleep(SEEN_MS);
  const { tenant, call } = await house.control();
  return (await tenant.signSnapshots({}, call())).signed;
}

type StoredKey = KeyInfo & { store: string };

async function allKeys(house: House): Promise<StoredKey[]> {
  const stores = Object.entries(house.keyStores());
  const lists = await Promise.all(
    stores.map(async ([store, keys]) => (await keys.list()).map((key) => ({ ...key, store }))),
  );
  return lists.flat();
}

async function storeOf(house: House, input: Input): Promise<{ store: string; keys: KeyStore }> {
  const wanted = input.text('store');
  const named = (await allKeys(house)).filter(
    ({ name, store }) => name === input.argument && (!wanted || store === wanted),
  );
  const stores = [...new Set(named.map(({ store }) => store))];
  if (stores.length === 0) throw new CommandFailed(`no key is named ${input.argument}; countersign key list shows all`);
  if (stores.length > 1)
    throw new CommandFailed(`several stores have a key ${input.argument}: choose with --store ${stores.join(' or ')}`);
  return { store: stores[0]!, keys: house.keyStores()[stores[0]!]! };
}
