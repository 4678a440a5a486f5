import type { KeyStore } from '@countersign/keys';
import { CommandFailed, type Command } from '../command.js';
import type { House } from '../house.js';
import { recorded } from '../keys/recorded.js';
import { keyById, type StoredKey } from '../keys/stores.js';
import { SNAPSHOT, signAgain } from './key-rotate.js';

export const keyDisable: Command = {
  name: 'key disable',
  summary: 'Puts a key out of use at once and for good. For a key that leaked.',
  argument: { value: '<id>', help: 'id of the version, e.g. pkcs11:token/<tenant>/2' },
  options: {
    yes: { help: 'yes, this key: there is no way back' },
    store: { value: '<store>', help: 'where it is: others are not asked' },
    wrapping: { help: 'also a key that wraps others: what is under it and was not wrapped anew is lost' },
  },
  notes: [
    'A key that signs gets its successor first, so that signing goes on. Tokens that it signed are refused within a second by',
    'session; other services that keep a copy of the key set notice within twenty. What was signed with the key of snapshots',
    'is signed again.',
  ],
  run: async (input, { house }) => {
    if (!input.given('yes')) throw new CommandFailed('a disabled key cannot be brought back: say --yes');
    const { keys, key } = await keyById(house, input);
    if (key.use === 'wrap') checkWrapping(key, input.given('wrapping'));
    const { id, store } = key;
    const driver = id.slice(0, id.indexOf(':'));
    const active = await recorded(house, { change: 'disable', key: id, store, driver }, async () => {
      const successor = store === 'session' ? await disableToken(house, id) : await disableHere(house, keys, key);
      return { result: successor, facts: successor === '' ? undefined : { successor } };
    });
    return { json: { store, disabled: id, active }, lines: [`${id} is disabled`, `${active || 'nothing'} is in use`] };
  },
};

/** What a wrapping key wraps is gone with it: another one has to be in use, and to hold it, before. */
function checkWrapping({ id, name, store, state }: StoredKey, told: boolean): void {
  if (!told) throw new CommandFailed(`${id} wraps other keys: run key rewrap first, then say --wrapping`);
  if (state === 'active')
    throw new CommandFailed(
      `${id} is in use: countersign key rotate ${name} --store ${store}, the same with --activate, and key rewrap come first`,
    );
}

/** Session tells its replicas. */
async function disableToken(house: House, id: string): Promise<string> {
  const { session, call } = await house.reach('session');
  return (await session.disableKey({ key: id }, call())).active;
}

async function disableHere(house: House, keys: KeyStore, { id, name, use, state }: StoredKey): Promise<string> {
  if (use === 'sign' && state === 'active') {
    const next = await keys.prepare(name);
    await keys.activate(next.id);
    if (name === SNAPSHOT) await signAgain(house);
  }
  await keys.disable(id);
  if (name === SNAPSHOT) await house.publishSnapshotKeys();
  return (await keys.list(name)).find((key) => key.state === 'active')?.id ?? '';
}
