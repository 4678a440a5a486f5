// Which files a result speaks of: the commit, and whether the working tree is exactly that commit.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

const LIMIT = 256 * 1024 * 1024;

function git(args, cwd) {
  const { status, stdout } = spawnSync('git', args, { cwd, maxBuffer: LIMIT, stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout : undefined;
}

/**
 * `commit` is `unversioned` outside a Git clone; `tree` is equal for equal files only.
 * @returns {{commit: string, clean: boolean, tree: string}}
 */
export function treeState(folder = root) {
  const commit = git(['rev-parse', 'HEAD'], folder)?.toString().trim();
  const status = git(['status', '--porcelain=v1', '-z', '--untracked-files=all'], folder);
  if (commit === undefined || status === undefined) return { commit: 'unversioned', clean: false, tree: 'unversioned' };
  if (status.length === 0) return { commit, clean: true, tree: commit };
  return { commit, clean: false, tree: dirtyTree(commit, folder) };
}

function dirtyTree(commit, folder) {
  const hash = createHash('sha256').update(commit);
  hash.update(git(['diff', '--binary', 'HEAD'], folder) ?? '');
  const untracked = git(['ls-files', '--others', '--exclude-standard', '-z'], folder)
    .toString()
    .split('\0')
    .filter(Boolean);
  for (const name of untracked) {
    const path = join(folder, name);
    // A file may be gone again by now; what it held no longer belongs to the tree.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) hash.update(`\0${name}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}
