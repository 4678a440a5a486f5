// The root folder of an image, put together from files of this machine: programs, and the libraries they are linked with.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { librariesOf } from '../../image/libraries.mjs';
import { USER } from '../../image/rootfs.mjs';

/** `folder` has to be empty. Gives it what every program expects: a user of its own and a place for files. */
export function newRoot(folder) {
  for (const name of ['etc', 'tmp', 'usr/local/bin']) mkdirSync(join(folder, name), { recursive: true });
  chmodSync(join(folder, 'tmp'), 0o1777);
  writeFileSync(join(folder, 'etc/passwd'), `countersign:x:${USER}:${USER}::/tmp:/nowhere\n`);
  writeFileSync(join(folder, 'etc/group'), `countersign:x:${USER}:\n`);
}

/** Copies a file or a folder of this machine, symbolic links as what they lead to; links that lead nowhere stay out. */
export function add(folder, source, target = source, without = () => false) {
  const to = join(folder, target);
  mkdirSync(dirname(to), { recursive: true });
  const filter = (path) => existsSync(path) && !without(path);
  cpSync(source, to, { recursive: true, dereference: true, filter });
}

/** Adds the libraries that programs and libraries in the root folder need, at the paths where this machine has them. */
export function addLibraries(folder, files) {
  const paths = librariesOf(files.map((path) => join(folder, path)));
  for (const path of paths) if (!path.startsWith(`${folder}/`)) add(folder, path);
}

/** Every shared library below a place in the root folder, as it is called there. */
export const sharedLibraries = (folder, place) =>
  readdirSync(join(folder, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.so(\.\d+)*$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
