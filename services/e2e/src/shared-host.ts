import childProcess from 'node:child_process';
import { PLATFORM_SLUG } from '@countersign/kernel';
import { NO_LIMITS } from './bank.js';
import { HostProcess, type StartHostOptions } from './host-process.js';

/** Jest gives each file its own globals; modules of Node are the only thing all files of one process see. */
const KEPT = Symbol.for('countersign.e2e.host');
const keeper = childProcess as typeof childProcess & { [KEPT]?: Map<string, Promise<HostProcess>> };

/**
 * One installation for all spec files of a run: starting eight processes takes longer than most files. It ends, and takes
 * its data along, when the test's process does. Files that stop it, look at all its traffic or break it start their own.
 */
export async function sharedHost(options: Pick<StartHostOptions, 'shape' | 'replicas'> = {}): Promise<HostProcess> {
  const hosts = (keeper[KEPT] ??= new Map<string, Promise<HostProcess>>());
  const kind = JSON.stringify(options);
  const kept = await hosts.get(kind);
  if (kept?.child.connected) return kept;
  const started = start(options);
  hosts.set(kind, started);
  return started;
}

/** All files come from one address, operators too: the platform's own limits are out of their way. */
async function start(options: StartHostOptions): Promise<HostProcess> {
  const host = await HostProcess.start({ ...options, endsWithTest: true });
  const document = JSON.stringify({ limits: NO_LIMITS });
  await host.control('tenant', 'putPolicy', { tenant: PLATFORM_SLUG, document, basedOn: 1 });
  return host;
}
