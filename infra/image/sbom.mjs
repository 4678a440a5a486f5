// What the image is made of, as a CycloneDX document: packages of npm, Node with what is compiled into it, libraries of
// the system. `npm sbom` would list every workspace of the project, and neither Node nor the libraries. There is no serial
// number and no time in it: the same image has the same document.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Of `process.versions`: numbers of interfaces, not parts. */
const NO_PARTS = ['node', 'modules', 'napi'];

/**
 * @param {object} image
 * @param {string} image.version
 * @param {string} image.node the Node program, which runs this
 * @param {import('./packages.mjs').Package[]} image.packages
 * @param {ReturnType<import('./libraries.mjs').debianPackagesOf>} image.system
 * @returns {object} CycloneDX 1.6
 */
export function sbomOf({ version, node, packages, system }) {
  const program = nodeComponent(node);
  const components = [program, ...system.map(debianComponent), ...packages.map(npmComponent)];
  const roots = [program['bom-ref'], ...system.map(refOfDebian), ...packages.filter(({ own }) => own).map(refOfNpm)];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'container', 'bom-ref': 'image', name: 'countersign', version } },
    components,
    dependencies: [{ ref: 'image', dependsOn: roots }, ...packages.map(edges)],
  };
}

const refOfNpm = ({ path }) => `/app/${path}`;
const refOfDebian = ({ name }) => `deb:${name}`;
const edges = ({ path, needs }) => ({ ref: `/app/${path}`, dependsOn: needs.map((need) => `/app/${need}`) });
const occurrences = (...locations) => ({ occurrences: locations.map((location) => ({ location })) });

function npmComponent(package_) {
  const { name, version, license, integrity, path } = package_;
  return {
    type: 'library',
    'bom-ref': refOfNpm(package_),
    name,
    version,
    ...(integrity && { hashes: [hashOf(integrity)] }),
    ...(license && { licenses: [licenceOf(license)] }),
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    evidence: occurrences(`/app/${path}`),
  };
}

/** @param {string} integrity `sha512-` and base64 */
function hashOf(integrity) {
  const [algorithm, digest] = integrity.split('-');
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') };
}

const licenceOf = (text) =>
  /^(?:UNLICENSED|SEE LICENSE)/.test(text) ? { license: { name: text } } : { expression: text };

function debianComponent(package_) {
  const { name, version, architecture, files } = package_;
  const { ID, VERSION_ID } = osRelease();
  const qualifiers = `arch=${architecture}&distro=${ID}-${VERSION_ID}`;
  return {
    type: 'library',
    'bom-ref': refOfDebian(package_),
    name,
    version,
    purl: `pkg:deb/${ID}/${name}@${encodeURIComponent(version)}?${qualifiers}`,
    evidence: occurrences(...files),
  };
}

function nodeComponent(path) {
  const { node: version } = process.versions;
  const content = createHash('sha256').update(readFileSync(path)).digest('hex');
  const inside = Object.entries(process.versions).filter(([name]) => !NO_PARTS.includes(name));
  return {
    type: 'application',
    'bom-ref': 'node',
    name: 'node',
    version,
    hashes: [{ alg: 'SHA-256', content }],
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    purl: `pkg:generic/node@${version}`,
    evidence: occurrences('/usr/local/bin/node'),
    components: inside.map(([name, number]) => ({ type: 'library', 'bom-ref': `node/${name}`, name, version: number })),
  };
}

const osRelease = () =>
  Object.fromEntries(
    readFileSync('/etc/os-release', 'utf8')
      .matchAll(/^(\w+)="?([^"\n]*)"?$/gm)
      .map(([, name, value]) => [name, value]),
  );
