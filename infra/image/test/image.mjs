// An image as tests look at it: made, taken apart, and run without an engine.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const ENTRYPOINT = ['/usr/local/bin/node', '/app/countersign.mjs'];
export const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function done(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
  });
  if (error ?? status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
  return stdout;
}

/**
 * Makes an image in a folder of its own, out of what is built.
 * @returns {{digest: string, archive: string, sbom: object}} the digest as the command printed it
 */
export function make(folder, umask) {
  const archive = join(folder, 'image.tar');
  mkdirSync(folder, { recursive: true });
  const command = `umask ${umask}; exec ${process.execPath} infra/image/image.mjs --output ${archive}`;
  const digest = done('/bin/sh', ['-c', command]).trim();
  return { digest, archive, sbom: JSON.parse(readFileSync(join(folder, 'image.cdx.json'), 'utf8')) };
}

/** The layout in an archive: its index, and blobs by descriptor, each of the digest and size that it is named by. */
export function layoutOf(archive, folder) {
  mkdirSync(folder, { recursive: true });
  done('tar', ['-C', folder, '-xf', archive]);
  const json = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const blob = ({ digest, size }) => {
    const bytes = readFileSync(join(folder, 'blobs', digest.replace(':', '/')));
    if (bytes.length !== size || sha256(bytes) !== digest) throw new Error(`${digest} is another blob`);
    return bytes;
  };
  return { layout: json('oci-layout'), index: json('index.json'), blob };
}

/** What stands in a layer: `drwxr-xr-x 0/0 0 1970-01-01 00:00 app/`. */
export function entriesOf(layer) {
  const lines = done('tar', ['--numeric-owner', '-tvf', '-'], { input: gunzipSync(layer) })
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const [mode, owner, size, , , path] = line.split(/\s+/);
    return { mode, owner, size: Number(size), path: `/${path}` };
  });
}

/** Unpacks layers over each other, as an engine does. */
export function unpack(layers, folder) {
  mkdirSync(folder, { recursive: true });
  for (const layer of layers) done('tar', ['-C', folder, '-xpf', '-'], { input: gunzipSync(layer) });
}

/** Namespaces of their own; without root that is allowed in a user namespace only, as the user of the image. */
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child'];
const AS_USER = ['--user', '--map-user=10001', '--map-group=10001', '--keep-caps'];
const isRoot = process.getuid() === 0;
const READ_ONLY =
  'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount -t tmpfs tmp "$0/tmp" && exec chroot "$@"';

/** As a container runs it: process 1, user 10001, a read-only root, an empty /tmp, nothing of this environment. */
const contained = (folder, args) => [
  [...(isRoot ? [] : AS_USER), ...NAMESPACES, '/bin/sh', '-c', READ_ONLY, folder],
  [...(isRoot ? ['--userspec=10001:10001'] : []), folder, ...args],
];

const ENV = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp' };

export const runIn = (folder, args, env = {}) =>
  spawnSync('unshare', contained(folder, args).flat(), { encoding: 'utf8', env: { ...ENV, ...env }, timeout: 60_000 });

export const startIn = (folder, args, env = {}) =>
  spawn('unshare', contained(folder, args).flat(), { env: { ...ENV, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });

/** Process 1 of a container that was started, by its number here. */
export function firstProcess({ pid }) {
  const found = globSync('/proc/[0-9]*/stat').find((path) => parentOf(path) === pid);
  return Number(found.split('/')[2]);
}

function parentOf(path) {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(path, 'utf8'))[1]);
  } catch {
    return undefined; // It ended meanwhile.
  }
}
