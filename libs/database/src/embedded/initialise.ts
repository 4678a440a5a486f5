import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateFolder } from './places.js';
import { asUser } from './postmaster.js';
import type { ServerUser } from './server-user.js';

/**
 * Creates the cluster beside its place and renames it there, so that a first start cut short leaves nothing that the
 * next one would mistake for a cluster.
 */
export function initialise(
  bin: string,
  cluster: string,
  password: string,
  user: ServerUser | undefined,
  durable: boolean,
): void {
  if (existsSync(cluster)) return;
  const part = `${cluster}.${process.pid}`;
  const passwordFile = `${part}.password`;
  privateFolder(part, user);
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user) chownSync(passwordFile, user.uid, user.gid);
    runInitdb(bin, part, passwordFile, user, durable);
    renameSync(part, cluster);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(cluster)) throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function runInitdb(
  bin: string,
  folder: string,
  passwordFile: string,
  user: ServerUser | undefined,
  durable: boolean,
): void {
  const args = ['-D', folder, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'];
  const locale = ['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'];
  try {
    execFileSync(join(bin, 'bin/initdb'), [...args, ...locale, ...(durable ? [] : ['--no-sync'])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...asUser(user),
    });
  } catch (error) {
    const reason = (error as { stderr?: Buffer }).stderr?.toString().trim().split('\n').at(0);
    throw new Error(`the PostgreSQL cluster could not be created: ${reason || (error as Error).message}`);
  }
}
