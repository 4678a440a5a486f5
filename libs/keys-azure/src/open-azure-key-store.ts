import type { Clock } from '@countersign/kernel';
import { EngineKeyStore, type Exclusively } from '@countersign/keys';
import { VaultDirectory } from './vault-directory.js';
import { VaultEngine } from './vault-engine.js';
import { Vault, type VaultOptions } from './vault.js';

/** How the vault is reached, and which keys in it are this store’s. */
export interface AzureKeyStoreOptions extends VaultOptions {
  /** In front of the names of this store's keys, so that several can share a vault. */
  namespace: string;
  /** Keys in hardware (Premium tier); `true` unless told. */
  hsm?: boolean;
  /** A vault lets a version be made twice; this has to keep every process from it that makes keys of this namespace. */
  exclusively: Exclusively;
  clock?: Clock;
}

/** Keys in Azure Key Vault. Nothing is asked of it before the first use. */
export function openAzureKeyStore(options: AzureKeyStoreOptions): EngineKeyStore {
  const { namespace, hsm = true, exclusively, clock } = options;
  const vault = new Vault(options);
  const engine = new VaultEngine(vault, new VaultDirectory(vault, namespace), hsm, namespace);
  return new EngineKeyStore(engine, { exclusively, ...(clock && { clock }) });
}
