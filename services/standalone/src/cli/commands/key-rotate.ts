import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed, type Answer, type CommandBody } from '../command.js';
import type { House } from '../house.js';
import { recorded } from '../keys/recorded.js';
import { keysNamed, type NamedKeys } from '../keys/stores.js';

export const SNAPSHOT = 'snapshot';
/** After which every process that shares a key store has seen a change of it. */
const SEEN_MS = 1_100;
const KEY_SET_WAIT = 'wait until every verifier has fetched the new key set, then ';
/** Nodes look at a changed ConfigMap about once a minute. */
const CONFIG_MAP_WAIT = 'wait two minutes, until every pod sees the ConfigMap, then ';

export const keyRotate: CommandBody = {
  options: {
    store: { value: '<store>', help: 'where it is, for a name that several stores have' },
    activate: { help: 'second step: the published version takes over' },
  },
  notes: [
    'First step: makes the next version and publishes its public half. Nothing is signed with it yet, so that everyone',
    'who verifies can learn of it. Second step (--activate): it takes over; what the one before it signed or wrapped stays',
    'good. Both steps can be repeated.',
    'The key `snapshot` signs configuration: the second step then signs every snapshot again.',
  ],
  run: async (input, { house }) => {
    const named = await keysNamed(house, input);
    return input.given('activate') ? activate(house, named) : prepare(house, named);
  },
};

async function prepare(house: House, { store, keys, versions }: NamedKeys): Promise<Answer> {
  const { name, driver } = about(versions);
  const { inConfigMap, ...next } = await recorded(house, { change: 'prepare', key: name, store, driver }, async () => {
    const key = await keys.prepare(name);
    const published = name === SNAPSHOT ? await house.publishSnapshotKeys() : undefined;
    return { result: { ...key, inConfigMap: published?.configMap !== undefined }, facts: { key: key.id } };
  });
  const wait = inConfigMap ? CONFIG_MAP_WAIT : next.use === 'wrap' || name === SNAPSHOT ? '' : KEY_SET_WAIT;
  return {
    json: { store, key: next },
    lines: [
      `${next.id} is published and not used yet`,
      `${wait}run: countersign key rotate ${name} --store ${store} --activate`,
    ],
  };
}

async function activate(house: House, { store, keys, versions }: NamedKeys): Promise<Answer> {
  const { name, driver } = about(versions);
  const next = versions.find(({ state }) => state === 'next') ?? versions.find(({ state }) => state === 'active');
  if (!next || (next.state === 'active' && name !== SNAPSHOT))
    throw new CommandFailed(`no version of ${name} waits; run the first step`);
  return recorded<Answer>(house, { change: 'activate', key: next.id, store, driver }, async () => {
    const key = await keys.activate(next.id);
    if (name !== SNAPSHOT) return { result: { json: { store, key }, lines: [`${key.id} is in use`] } };
    const signed = await signAgain(house);
    const lines = [`${key.id} is in use`, `${signed} snapshots signed again`];
    return { result: { json: { store, key, signed }, lines } };
  });
}

const about = ([key]: NamedKeys['versions']): { name: string; driver: string } => ({
  name: key!.name,
  driver: key!.id.slice(0, key!.id.indexOf(':')),
});

/** Only when every process uses the new key: a snapshot signed with the old one meanwhile is found and signed again too. */
export async function signAgain(house: House): Promise<number> {
  await house.publishSnapshotKeys();
  await sleep(SEEN_MS);
  const { tenant, call } = await house.reach('tenant');
  return (await tenant.signSnapshots({}, call())).signed;
}
