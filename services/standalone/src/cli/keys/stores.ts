import { isRefusal } from '@countersign/kernel';
import type { KeyInfo, KeyStore } from '@countersign/keys';
import { CommandFailed, type Input } from '../command.js';
import type { House } from '../house.js';

/** A key and the name of the store that holds it. */
export type StoredKey = KeyInfo & { store: string };

/**
 * @param wanted the one store to ask, so that another one that is away does not matter; '' for all
 * @throws CommandFailed naming the store that does not answer
 */
export async function allKeys(house: House, wanted = ''): Promise<StoredKey[]> {
  const stores = house.keyStoreNames.filter((store) => wanted === '' || store === wanted);
  if (stores.length === 0)
    throw new CommandFailed(`there is no store ${wanted}: choose among ${house.keyStoreNames.join(', ')}`);
  return (await Promise.all(stores.map((store) => keysIn(house, store)))).flat();
}

async function keysIn(house: House, store: string): Promise<StoredKey[]> {
  try {
    const keys = await house.keyStore(store);
    return (await keys.list()).map((key) => ({ ...key, store }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The store's own reason names files and error codes, never a secret: whoever types this runs the host.
    const reason = error.internal ? `: ${error.internal}` : '';
    throw new CommandFailed(`store ${store}: ${error.message.replace(/\.$/, '')} (${error.code})${reason}`, error.code);
  }
}

/** The versions of a name, in the one store that has it. */
export interface NamedKeys {
  store: string;
  keys: KeyStore;
  versions: readonly StoredKey[];
}

/** The key that the command's argument names. @throws CommandFailed when none has it, or several */
export async function keysNamed(house: House, input: Input): Promise<NamedKeys> {
  const versions = (await allKeys(house, input.text('store'))).filter(({ name }) => name === input.argument);
  const stores = [...new Set(versions.map(({ store }) => store))];
  const [store, other] = stores;
  if (store === undefined) throw new CommandFailed(`no key is named ${input.argument}; countersign key list shows all`);
  if (other !== undefined)
    throw new CommandFailed(`several stores have a key ${input.argument}: choose with --store ${stores.join(' or ')}`);
  return { store, keys: await house.keyStore(store), versions };
}

/** The version whose id is the command's argument. @throws CommandFailed when there is none, or several */
export async function keyById(house: House, input: Input): Promise<{ key: StoredKey; keys: KeyStore }> {
  const found = (await allKeys(house, input.text('store'))).filter(({ id }) => id === input.argument);
  const [key, other] = found;
  if (!key) throw new CommandFailed(`no key has the id ${input.argument}; countersign key list shows all`);
  if (other)
    throw new CommandFailed(`several stores have ${key.id}: choose with --store ${key.store} or ${other.store}`);
  return { key, keys: await house.keyStore(key.store) };
}
