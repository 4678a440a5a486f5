// The files of the image, as three folders that become its layers: an upgrade moves the last one, seldom the others.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isKept } from './contents.mjs';
import { debianPackagesOf, librariesOf } from './libraries.mjs';

export const LAYERS = ['runtime', 'dependencies', 'application'];

/** Who runs it. */
export const USER = 10001;

const PASSWD = `root:x:0:0:root:/:/sbin/nologin\ncountersign:x:${USER}:${USER}:countersign:/tmp:/sbin/nologin\n`;
const ETC = {
  'etc/group': `root:x:0:\ncountersign:x:${USER}:\n`,
  'etc/nsswitch.conf': 'hosts: files dns\n',
  'etc/passwd': PASSWD,
};

/**
 * Writes the folders anew.
 *
 * @param {{root: string, folder: string, node: string, packages: import('./packages.mjs').Package[]}} from
 *   the project, where to write, the Node program, what to copy
 * @returns {ReturnType<typeof debianPackagesOf>} the packages of this system whose libraries were copied
 */
export function writeRootfs({ root, folder, node, packages }) {
  rmSync(folder, { recursive: true, force: true });
  for (const layer of LAYERS) makeFolder(join(folder, layer));
  const copied = packages.flatMap((each) => copyPackage(root, join(folder, layerOf(each)), each));
  const natives = copied.filter((path) => path.endsWith('.node'));
  const system = debianPackagesOf(librariesOf([node, ...natives]));
  writeRuntime(join(folder, 'runtime'), node, system);
  writeApplication(join(folder, 'application'), root, packages);
  return system;
}

const layerOf = ({ own }) => (own ? 'application' : 'dependencies');

function writeRuntime(layer, node, system) {
  copy(node, join(layer, 'usr/local/bin/node'), 0o755);
  copy(join(dirname(node), '../LICENSE'), join(layer, 'usr/share/doc/node/copyright'), 0o644);
  for (const { name, files } of system) {
    const licence = `usr/share/doc/${name}/copyright`;
    copy(`/${licence}`, join(layer, licence), 0o644);
    for (const path of files) copy(path, join(layer, path), path.includes('/ld-') ? 0o755 : 0o644);
  }
  for (const [path, text] of Object.entries(ETC)) write(join(layer, path), text);
  makeFolder(join(layer, 'tmp'));
  chmodSync(join(layer, 'tmp'), 0o1777);
}

function writeApplication(layer, root, packages) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  write(join(layer, 'app/package.json'), `${JSON.stringify({ name, version, license, type: 'module' }, null, 2)}\n`);
  write(join(layer, 'app/countersign.mjs'), "import './services/standalone/dist/image/main.js';\n");
  for (const { path, name } of packages.filter(({ own }) => own)) {
    const link = join('app/node_modules', name);
    makeFolder(join(layer, dirname(link)));
    symlinkSync(relative(dirname(link), join('app', path)), join(layer, link));
  }
}

/** Copies what is kept of one package; returns where each file came from. */
function copyPackage(root, layer, each) {
  const from = join(root, each.path);
  const kept = filesBelow(from, '').filter((path) => isKept(each, path) && !(each.own && isStale(from, path)));
  for (const path of kept) copy(join(from, path), join(layer, 'app', each.path, path), 0o644);
  return kept.map((path) => join(from, path));
}

/** A build leaves what it wrote before a source was renamed: not in a clone, so not in the image. */
function isStale(from, path) {
  const [, name] = /^dist\/(.+)\.js(?:\.map)?$/.exec(path) ?? [];
  return name !== undefined && !existsSync(join(from, 'src', `${name}.ts`));
}

function filesBelow(folder, prefix) {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(folder, path);
    return entry.isFile() ? [path] : [];
  });
}

function copy(from, to, mode) {
  makeFolder(dirname(to));
  copyFileSync(from, to);
  chmodSync(to, mode);
}

function write(path, text) {
  makeFolder(dirname(path));
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}

/** Whatever the umask of whoever builds. */
function makeFolder(path) {
  const made = mkdirSync(path, { recursive: true });
  for (let at = path; made && at.length >= made.length; at = dirname(at)) chmodSync(at, 0o755);
}
