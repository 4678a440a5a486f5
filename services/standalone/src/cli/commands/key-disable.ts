import type { KeyStore } from '@countersign/keys';
import { CommandFailed, type Answer, type CommandBody } from '../command.js';
import type { House } from '../house.js';
import { recorded } from '../keys/recorded.js';
import { keyById, type StoredKey } from '../keys/stores.js';
import { SNAPSHOT, signAgain } from './key-rotate.js';

export const keyDisable: CommandBody = {
  options: {
    yes: { help: 'yes, this key: there is no way back' },
    store: { value: '<store>', help: 'where it is: others are not asked' },
    wrapping: { help: 'also a key that wraps others: what is under it and was not wrapped anew is lost' },
  },
  notes: [
    'A key that signs gets its successor first, so that signing goes on. Tokens that it signed are refused within a second by',
    'session; other services that keep a copy of the key set notice within twenty. What was signed with the key of snapshots',
    'is signed again.',
    'Of an issuer key (`…/by~…`) its own tokens are refused, not those of the key that certified it.',
    'Tokens are refused also when the key store cannot be told: the command says so and fails. Session tells the store within',
    'a minute after its return.',
  ],
  run: async (input, { house }) => {
    if (!input.given('yes')) throw new CommandFailed('a disabled key cannot be brought back: say --yes');
    if (TOKEN_KEY.test(input.argument) && ['', 'session'].includes(input.text('store')))
      return disableToken(house, input.argument);
    const { keys, key } = await keyById(house, input);
    if (key.use === 'wrap') checkWrapping(key, input.given('wrapping'));
    const { id, store } = key;
    const active = await recorded(house, { change: 'disable', key: id, store, driver: driverOf(id) }, async () => {
      const successor = await disableHere(house, keys, key);
      return { result: successor, facts: successor === '' ? undefined : { successor } };
    });
    return answer(store, id, active);
  },
};

/** Ids of keys that sign tokens, and of what they certified. Session looks for them itself, for it needs no key store for that. */
const TOKEN_KEY = /^[a-z0-9-]+:(caller|token\/[a-z0-9-]+)\/[1-9]\d*(\/by~[\w-]{12})?$/;

const driverOf = (id: string): string => id.slice(0, id.indexOf(':'));

const answer = (store: string, id: string, active: string): Answer => ({
  json: { store, disabled: id, active },
  lines: [`${id} is disabled`, `${active || 'nothing'} is in use`],
});

/** What a wrapping key wraps is gone with it: another one has to be in use, and to hold it, before. */
function checkWrapping({ id, name, store, state }: StoredKey, told: boolean): void {
  if (!told) throw new CommandFailed(`${id} wraps other keys: run key rewrap first, then say --wrapping`);
  if (state === 'active')
    throw new CommandFailed(
      `${id} is in use: countersign key rotate ${name} --store ${store}, the same with --activate, and key rewrap come first`,
    );
}

/** Session tells its replicas, and then the key store. @throws CommandFailed when that could not be told */
async function disableToken(house: House, id: string): Promise<Answer> {
  const step = { change: 'disable', key: id, store: 'session', driver: driverOf(id) } as const;
  const { active, storeFailure } = await recorded(house, step, async () => {
    const { session, call } = await house.reach('session');
    const result = await session.disableKey({ key: id }, call());
    const { active: successor, storeFailure: failure } = result;
    return { result, facts: { ...(successor && { successor }), ...(failure && { failure }) } };
  });
  if (storeFailure === '') return answer('session', id, active);
  throw new CommandFailed(
    `${id} is refused from now on, but the key store could not be told (${storeFailure}), and no other key may sign in its ` +
      'place: session does both within a minute after the store is back; run the command again to see it done',
    storeFailure,
  );
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
