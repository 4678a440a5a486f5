// The check lists that are mutated: where they stand, and which specs have to notice. None needs a database.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Group
 * @property {string} name
 * @property {string} workspace what is loaded anew for a mutant that takes effect while modules load
 * @property {string[]} mutate  files, and folders whose files are mutated
 * @property {string[]} specs   files, and folders whose specs are asked
 * @property {string[]} [users] sources that make something of the mutated ones while they load
 */

const WEBAUTHN = 'libs/webauthn';
/** They judge by chance what the others judge by clause, or read what is not copied: documents, vectors. */
const ELSEWHERE = /differential|fuzz|vectors|document|\/(anchors|cli|recorded)\.spec/;

const webauthn = (folder) => ({
  name: folder,
  workspace: WEBAUTHN,
  mutate: [`${WEBAUTHN}/src/${folder}`],
  specs: [`${WEBAUTHN}/src`, `${WEBAUTHN}/test`],
  users: [`${WEBAUTHN}/src/index.ts`],
});

/** @type {Group[]} */
export const groups = [
  ...['checks', 'registration', 'authentication', 'attestation', 'crypto', 'parse'].map(webauthn),
  {
    name: 'metadata',
    workspace: 'libs/metadata',
    mutate: ['libs/metadata/src/model'],
    specs: ['libs/metadata/src/model', 'libs/metadata/test/models.spec.ts'],
  },
  {
    name: 'assurance',
    workspace: 'libs/kernel',
    mutate: ['libs/kernel/src/assurance.ts'],
    specs: ['libs/kernel/src/assurance.spec.ts'],
  },
  {
    name: 'policy',
    workspace: 'libs/policy',
    mutate: ['libs/policy/src/assurance.ts', 'libs/policy/src/assurance-for.ts'],
    specs: ['libs/policy/src'],
  },
  {
    name: 'ceremony',
    workspace: 'services/verification',
    mutate: ['services/verification/src/domain/checks', 'services/verification/src/domain/assurance.ts'],
    specs: ['services/verification/src/domain'],
  },
  {
    name: 'dpop',
    workspace: 'services/session',
    mutate: ['services/session/src/domain/dpop', 'services/session/src/application/proofs.ts'],
    specs: ['services/session/src/domain/dpop', 'services/session/src/application/proofs.spec.ts'],
  },
];

export const groupOf = (name) => groups.find((group) => group.name === name);

const below = (path) =>
  statSync(path).isFile() ? [path] : readdirSync(path, { recursive: true }).map((name) => join(path, name));

const modules = (paths) =>
  paths
    .flatMap(below)
    .filter((path) => path.endsWith('.ts'))
    .sort();

const isSpec = (path) => path.endsWith('.spec.ts');

/** Sources of a group; like all paths here below the working directory. */
export const sourcesOf = ({ mutate }) => modules(mutate).filter((path) => !isSpec(path));

/** Specs of a group. */
export const specsOf = ({ specs }) => modules(specs).filter((path) => isSpec(path) && !ELSEWHERE.test(path));
