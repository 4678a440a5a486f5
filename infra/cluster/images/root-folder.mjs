// The root folder of an image, put together from files of this machine: programs, and the libraries they are linked with.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Who runs everything in our images. */
export const UID = 10001;

/** Empties nothing: `folder` has to be new. Gives it what every program expects: a user of its own and a place for files. */
export function newRoot(folder) {
  for (const name of ['etc', 'tmp', 'usr/local/bin']) mkdirSync(join(folder, name), { recursive: true });
  chmodSync(join(folder, 'tmp'), 0o1777);
  writeFileSync(join(folder, 'etc/passwd'), `countersign:x:${UID}:${UID}::/tmp:/nowhere\n`);
  writeFileSync(join(folder, 'etc/group'), `countersign:x:${UID}:\n`);
}

/** Copies a file or a folder of this machine, symbolic links as what they lead to; links that lead nowhere stay out. */
export function add(folder, source, target = source, without = () => false) {
  const to = join(folder, target);
  mkdirSync(dirname(to), { recursive: true });
  const filter = (path) => existsSync(path) && !without(path);
  cpSync(source, to, { recursive: true, dereference: true, preserveTimestamps: true, filter });
}

/** The libraries `ldd` lists for programs and libraries, at the paths where they were found, but those below `own`. */
export function addLibraries(folder, files, own = []) {
  for (const path of new Set(files.flatMap(librariesOf))) {
    if (own.some((place) => path.startsWith(place)) || existsSync(join(folder, path))) continue;
    add(folder, path);
  }
}

/** Absolute paths; of a program that is linked with nothing, none. */
function librariesOf(file) {
  let text;
  try {
    text = execFileSync('ldd', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return [];
  }
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path);
}

/** Every shared library below a folder. */
export const sharedLibraries = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.so(\.\d+)*$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
