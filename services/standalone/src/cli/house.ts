import type { ServiceName } from '@countersign/contracts';
import type { KeyStore } from '@countersign/keys';
import type { ControlEvent } from './control-record.js';
import type { Control } from '../control.js';
import type { PublishedSnapshotKeys } from './snapshot-keys.js';
import type { Stores } from './stores.js';

/** What the doctor looks at; nothing of it starts or changes anything. */
export interface Facts {
  services: readonly ServiceFacts[];
  /** Administrator of the database, or why there is none to examine it with. */
  administrator: { url: string } | { missing: string };
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
  /** The named services under the caller name `cli`: where they run, if the settings say where, else started in this process. */
  reach(...services: ServiceName[]): Promise<Control>;
  /**
   * Tenant and enrollment, likewise.
   * @param also services that enrollment calls for what the command asks
   */
  control(also?: readonly ServiceName[]): Promise<Control>;
  /** Which key stores there are, e.g. `tenant`, `session`. */
  keyStoreNames: readonly string[];
  /** One of them. @throws `key_store_unavailable` */
  keyStore(name: string): Promise<KeyStore>;
  /** Writes an event of the control plane. @throws `unavailable` */
  record(event: ControlEvent): Promise<void>;
  /**
   * Writes the public keys of snapshots to where services read them, and makes the first where none is.
   * @param configMap into this one, where services have it mounted; that of admin.env unless told
   * @throws CommandFailed, KubernetesRefused
   */
  publishSnapshotKeys(configMap?: string): Promise<PublishedSnapshotKeys>;
  /** What a service is told. @throws CommandFailed */
  settingsOf(service: ServiceName): Record<string, unknown>;
  /** What the administrator of database and Kafka is told. @throws CommandFailed where there is none */
  adminSettings(): Record<string, unknown>;
  /** The administrator's PostgreSQL URL. @throws CommandFailed, SettingsError */
  adminUrl(): string;
  /** The schema of a service, without starting it. @throws CommandFailed */
  stores(service: ServiceName): Promise<Stores>;
  facts(): Promise<Facts>;
  close(): Promise<void>;
}
