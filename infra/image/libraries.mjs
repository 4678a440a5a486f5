// The shared libraries that programs of the image load, found as the loader of this machine finds them.
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';

/**
 * Paths of all libraries that these files need, the loader among them; sorted.
 * @param {string[]} files programs and native modules
 * @throws Error for a library that is not there, and without a glibc that resolves names by itself
 */
export function librariesOf(files) {
  const { glibcVersionRuntime: glibc } = process.report.getReport().header;
  // Before, libnss_dns and libnss_files were loaded by name when they were needed, unseen by ldd.
  if (!(Number(glibc?.split('.')[1]) >= 34))
    throw new Error(`the image is made with glibc 2.34 or later, here is ${glibc}`);
  return [...new Set(files.flatMap(librariesOfOne))].sort();
}

function librariesOfOne(file) {
  // Without the environment: LD_LIBRARY_PATH of whoever builds is not the image's.
  const lines = execFileSync('ldd', [file], { encoding: 'utf8', env: { PATH: process.env.PATH } })
    .trim()
    .split('\n');
  return lines.filter((line) => !/linux-vdso|statically linked/.test(line)).map((line) => pathIn(line, file));
}

function pathIn(line, file) {
  const path = /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1];
  if (!path) throw new Error(`${file} needs a library that is not here: ${line.trim()}`);
  return path;
}

/**
 * The Debian packages that these files come from, sorted by name.
 * @param {string[]} paths
 * @returns {{name: string, version: string, architecture: string, files: string[]}[]}
 * @throws Error where dpkg does not know a file
 */
export function debianPackagesOf(paths) {
  const owned = Map.groupBy(paths, ownerOf);
  return [...owned.keys()].sort().map((owner) => {
    const [name, version, architecture] = dpkg('-W', '-f=${Package} ${Version} ${Architecture}', owner).split(' ');
    return { name, version, architecture, files: owned.get(owner) };
  });
}

/** dpkg knows a file by the name it was packed under: with or without /usr, or by the name its links end at. */
function ownerOf(path) {
  const names = [path, realpathSync(path)].flatMap((name) => [name, name.replace(/^\/usr/, ''), `/usr${name}`]);
  for (const name of names) {
    try {
      return dpkg('-S', name).split(': ')[0];
    } catch {
      // The next name.
    }
  }
  throw new Error(`dpkg does not know ${path}: the image is made on Debian, or a system that comes from it`);
}

const dpkg = (...args) => execFileSync('dpkg-query', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
