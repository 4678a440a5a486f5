import { closeSync, openSync, readFileSync, readlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '@countersign/kernel';
import { errorCode } from './private-file.js';

/** A change takes milliseconds and never yields, so a lock this old has no owner who could still be at work. */
const STALE_MS = 60_000;

interface Owner {
  host: string;
  /** Where `pid` means something: containers of one pod share the name of their host and not their processes. */
  namespace: string;
  pid: number;
  at: number;
  /** Tells two locks of one process apart. */
  token: string;
}

/** Creates the file with this content; `false` when it exists. */
function createExclusively(path: string, text: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
  return true;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** Linux's name of the process namespace; elsewhere there is one. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** An owner on another host, or in another container, is judged by age alone. */
function isStale(text: string, foundAt: number): boolean {
  try {
    const owner = JSON.parse(text) as Owner;
    const here = owner.host === hostname() && owner.namespace === processNamespace();
    return (here && !isAlive(owner.pid)) || Date.now() - owner.at > STALE_MS;
  } catch {
    // Created but not written yet, or its owner died between the two.
    return Date.now() - foundAt > 1_000;
  }
}

/**
 * Removes a lock whose owner is gone. Removers exclude each other by a second file and look again under it: otherwise
 * one of two who both saw the stale lock would remove the fresh one that the other has taken since.
 */
function removeStale(path: string, seen: string): void {
  const removing = `${path}.removing`;
  if (!createExclusively(removing, String(process.pid))) return;
  try {
    if (contentOf(path) === seen) unlinkSync(path);
  } finally {
    unlinkSync(removing);
  }
}

/** The lock as it is held. */
export interface HeldLock {
  /** To be asked right before the change becomes visible. @throws `key_store_busy` when the lock was taken over */
  confirm(): void;
}

/**
 * Runs `change` while no other process holds the lock at `path`.
 * `change` is synchronous: it cannot be interrupted half-way by this process's other work.
 *
 * @param waitMs how long to wait for another holder
 * @throws `key_store_busy`; `internal` names the file to remove when its owner is known to be gone
 */
export async function withLock<T>(path: string, waitMs: number, change: (lock: HeldLock) => T): Promise<T> {
  const deadline = Date.now() + waitMs;
  let seen: { text: string; at: number } | undefined;
  for (;;) {
    const mine = ownerText();
    if (createExclusively(path, mine)) return runHeld(path, mine, change);
    const text = contentOf(path);
    if (text !== undefined && text !== seen?.text) seen = { text, at: Date.now() };
    if (text !== undefined && seen && isStale(text, seen.at)) removeStale(path, text);
    if (Date.now() > deadline)
      throw refuse('key_store_busy', {}, `${path} is held; if its owner is gone, remove it and ${path}.removing`);
    await sleep(2 + Math.random() * 10);
  }
}

function ownerText(): string {
  const owner: Owner = {
    host: hostname(),
    namespace: processNamespace(),
    pid: process.pid,
    at: Date.now(),
    token: randomBytes(12).toString('hex'),
  };
  return JSON.stringify(owner);
}

function runHeld<T>(path: string, mine: string, change: (lock: HeldLock) => T): T {
  const isMine = (): boolean => contentOf(path) === mine;
  const confirm = (): void => {
    if (!isMine()) throw refuse('key_store_busy', {}, `lock ${path} was taken over`);
  };
  try {
    return change({ confirm });
  } finally {
    if (isMine()) unlinkSync(path);
  }
}
