import type { Clock } from '@countersign/kernel';
import { EngineKeyStore, type Exclusively } from '@countersign/keys';
import { CryptokiModule } from './cryptoki-module.js';
import { Pkcs11Engine } from './pkcs11-engine.js';
import { Token, type TokenOptions } from './token.js';

/** How the token is reached, and which keys in it are this store’s. */
export interface Pkcs11KeyStoreOptions extends TokenOptions {
  /** Path of the vendor's PKCS#11 module, a shared library. */
  module: string;
  /** In front of the ids of this store's keys in the token, so that several can share it. */
  namespace: string;
  /** A token lets two of one id be made; this has to keep every process from it that makes keys of this namespace. */
  exclusively: Exclusively;
  clock?: Clock;
}

/**
 * Keys in a hardware security module. Connects with the first use, and again whenever the token was away.
 * @throws `key_store_unavailable` when pkcs11js or the module cannot be loaded
 */
export async function openPkcs11KeyStore(options: Pkcs11KeyStoreOptions): Promise<EngineKeyStore> {
  const { namespace, exclusively, clock } = options;
  const token = new Token(await CryptokiModule.open(options.module), options);
  return new EngineKeyStore(new Pkcs11Engine(token, namespace), { exclusively, ...(clock && { clock }) });
}
