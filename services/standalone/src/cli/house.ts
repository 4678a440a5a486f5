import type { ServiceName } from '@countersign/contracts';
import type { KeyStore } from '@countersign/keys';
import type { Control } from '../control.js';

/** What the doctor looks at; nothing of it starts or changes anything. */
export interface Facts {
  services: readonly ServiceFacts[];
  /** Administrator of the database; undefined when the server does not run. */
  adminUrl: string | undefined;
  /** Files that only their owner may read. */
  secretFiles: readonly string[];
}

export interface ServiceFacts {
  name: ServiceName;
  migrationsDir: string;
  /** What is wrong with its settings, one line each. */
  settingsProblems: readonly string[];
}

/** The installation a command works on. Everything is opened on first use and closed with it. */
export interface House {
  /** Where clients reach the API, without a slash at the end. */
  publicUrl: string;
  /**
   * Tenant and enrollment, started in this process under the caller name `cli`.
   * @param also services that enrollment calls for what the command asks
   */
  control(also?: readonly ServiceName[]): Promise<Control>;
  /** The sealed key files by name, e.g. `tenant`, `session`. */
  keyStores(): Record<string, KeyStore>;
  /** Writes the public keys of snapshots to where services read them when they start. */
  publishSnapshotKeys(): Promise<void>;
  facts(): Promise<Facts>;
  close(): Promise<void>;
}
