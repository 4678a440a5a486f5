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

export const keyDisable: Command = {
  name: 'key disable',
  summary: 'Puts a key out of use at once and for good. For a key that leaked.',
  argument: { value: '<id>', help: 'id of the version, e.g. file:token/<tenant>/2' },
  options: {
    yes: { help: 'yes, this key: there is no way back' },
    store: { value: '<store>', help: 'where it is, for an id that several stores have' },
    wrapping: { help: 'also a key that wraps others: what is under it and was not wrapped anew is lost' },
  },
  notes: [
    'A key that signs gets its successor first, so that signing goes on. Tokens that it signed are refused within a second by',
    'session; other services that keep a copy of the key set notice within twenty. What was signed with the key of snapshots',
    'is signed again.',
  ],
  run: async (input, { house }) => {
    if (!input.given('yes')) throw new CommandFailed('a disabled key cannot be brought back: say --yes');
    const { store, keys, key } = await keyById(house, input);
    if (key.use === 'wrap' && !input.given('wrapping'))
      throw new CommandFailed(`${key.id} wraps other keys: run key rewrap first, then say --wrapping`);
    const active = store === 'session' ? await disableToken(house, key) : await disableHere(house, keys, key);
    return { json: { store, disabled: key.id, active }, lines: [`${key.id} is disabled`, `${active} is in use`] };
  },
};

/** Session tells its replicas. */
async function disableToken(house: House, { id }: KeyInfo): Promise<string> {
  const { session, call } = await house.control(['session']);
  return (await session.disableKey({ key: id }, call())).active;
}

async function disableHere(house: House, keys: KeyStore, { id, name, state }: KeyInfo): Promise<string> {
  if (state === 'active') {
    const next = await keys.prepare(name);
    await keys.activate(next.id);
    if (name === SNAPSHOT) await signAgain(house);
  }
  await keys.disable(id);
  if (name === SNAPSHOT) await house.publishSnapshotKeys();
  return (await keys.list(name)).find((key) => key.state === 'active')?.id ?? 'nothing';
}

async function keyById(house: House, input: Input): Promise<{ store: string; keys: KeyStore; key: StoredKey }> {
  const wanted = input.text('store');
  const found = (await allKeys(house, wanted)).filter(({ id }) => id === input.argument);
  const [key, other] = found;
  if (!key) throw new CommandFailed(`no key has the id ${input.argument}; countersign key list shows all`);
  if (other)
    throw new CommandFailed(`several stores have ${key.id}: choose with --store ${key.store} or ${other.store}`);
  return { store: key.store, keys: await house.keyStore(key.store), key };
}

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

/** @param wanted the one store to ask, so that another one that is away does not matter; '' for all */
async function allKeys(house: House, wanted = ''): Promise<StoredKey[]> {
  const stores = house.keyStoreNames.filter((store) => wanted === '' || store === wanted);
  const lists = await Promise.all(
    stores.map(async (store) => (await (await house.keyStore(store)).list()).map((key) => ({ ...key, store }))),
  );
  return lists.flat();
}

async function storeOf(house: House, input: Input): Promise<{ store: string; keys: KeyStore }> {
  const wanted = input.text('store');
  const named = (await allKeys(house, wanted)).filter(({ name }) => name === input.argument);
  const stores = [...new Set(named.map(({ store }) => store))];
  if (stores.length === 0) throw new CommandFailed(`no key is named ${input.argument}; countersign key list shows all`);
  if (stores.length > 1)
    throw new CommandFailed(`several stores have a key ${input.argument}: choose with --store ${stores.join(' or ')}`);
  return { store: stores[0]!, keys: await house.keyStore(stores[0]!) };
}
