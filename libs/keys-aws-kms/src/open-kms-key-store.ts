import type { Clock } from '@countersign/kernel';
import { EngineKeyStore, exclusivelyHere } from '@countersign/keys';
import { KmsCaller, type KmsClientOptions } from './kms-caller.js';
import { KmsDirectory } from './kms-directory.js';
import { KmsEngine } from './kms-engine.js';

/** How KMS is reached, and which keys in it are this store’s. */
export interface KmsKeyStoreOptions extends KmsClientOptions {
  /** In front of the aliases of this store's keys, so that several can share an account. */
  namespace: string;
  clock?: Clock;
}

/** Keys in AWS KMS. Nothing is asked of it before the first use. */
export function openKmsKeyStore({ namespace, clock, ...options }: KmsKeyStoreOptions): EngineKeyStore {
  const kms = new KmsCaller(options);
  const engine = new KmsEngine(kms, new KmsDirectory(kms, namespace));
  // Between replicas the alias decides; here it only saves keys that would be made in vain.
  return new EngineKeyStore(engine, { exclusively: exclusivelyHere(), ...(clock && { clock }) });
}
