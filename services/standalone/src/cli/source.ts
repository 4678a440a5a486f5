import type { ServiceName } from '@countersign/contracts';
import type { Reachable } from './network-source.js';

/** Where a house takes what its services are told from: an embedded installation, or a folder of settings. */
export interface Source {
  /** Where clients reach the API, without a slash at the end. */
  readonly publicUrl: string;
  /** What a service was told, not judged yet: what is wrong with it, one line each, stands beside. */
  settingsOf(service: ServiceName): Told;
  /** Sees to it that the database runs for as long as the command lasts. @returns what ends that */
  openDatabase(): Promise<() => Promise<void>>;
  /** Services that run elsewhere and are called over the network; undefined: they are started in this process. */
  reachable?(): Reachable | undefined;
  /** What `admin.env` says, judged like a service's settings. */
  admin(): Told;
  /** Administrator of the database, or why there is none to examine it with. */
  administrator(): Promise<{ url: string } | { missing: string }>;
}

export interface Told<T = Record<string, unknown>> {
  /** Valid where there are no problems. */
  settings: T | Record<string, unknown>;
  problems: readonly string[];
}
