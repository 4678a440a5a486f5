import type { Clock } from '@countersign/kernel';
import {
  DelegatedKeys,
  PublishedKeys,
  type IssuerShelf,
  type Jwks,
  type KeyStore,
  type SigningKeys,
} from '@countersign/keys';
import type { DisabledKeys } from './disabled-keys.js';

/** How the tokens of this service are signed, and with which keys others verify them. */
export interface TokenKeys {
  signing: SigningKeys;
  /** To be awaited before the first signature with a name; after that it costs nothing. */
  ready(name: string): Promise<void>;
  /** @param kid one that was looked for in vain */
  jwks(name: string, kid?: string): Promise<Jwks>;
}

export interface TokenKeyParts {
  store: KeyStore;
  shelf: IssuerShelf;
  disabled: Pick<DisabledKeys, 'has'>;
  clock?: Clock;
}

/**
 * The key store signs each token. Issuer keys are published here, too: while replicas are moved from one way of signing to
 * the other, each accepts what the others sign.
 */
export function directKeys({ store, shelf, disabled, ...options }: TokenKeyParts): TokenKeys {
  const published = new PublishedKeys(store, shelf, { isDisabled: disabled.has, ...options });
  const made = new Map<string, Promise<void>>();
  const make = async (name: string): Promise<void> => void (await store.create(name, 'sign'));
  const ready = (name: string): Promise<void> => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    known.catch(() => made.delete(name));
    return known;
  };
  return { signing: store, ready, jwks: (name, kid) => published.jwks(name, kid) };
}

/**
 * Issuer keys sign, which the key store certifies.
 * @param life how long each signs, milliseconds
 */
export function delegatedKeys(
  { store, shelf, disabled, ...options }: TokenKeyParts,
  life: number,
): TokenKeys & { issuers: DelegatedKeys } {
  const published = new PublishedKeys(store, shelf, { storeAge: life / 2, isDisabled: disabled.has, ...options });
  const isDisabled = (kid: string): boolean => disabled.has(kid) || published.isDisabledInStore(kid);
  // Who signs for a name verifies what others sign for it, too: also the first time, and also without the store.
  const put: IssuerShelf['put'] = async (key, usedAt) => {
    await shelf.put(key, usedAt);
    await published.jwks(key.name);
  };
  const announced = { put, list: shelf.list.bind(shelf), inUse: shelf.inUse.bind(shelf) };
  const issuers = new DelegatedKeys(store, announced, { life, isDisabled, ...options });
  const ready = async (): Promise<void> => undefined;
  return { signing: issuers, issuers, ready, jwks: (name, kid) => published.jwks(name, kid) };
}
