// The image of a server that speaks the protocol of AWS KMS, for tests only: LocalStack in the Python of this machine.
// It keeps keys in memory: when its pod ends they are gone.
import { execFileSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { add, addLibraries, newRoot, sharedLibraries } from './root-folder.mjs';

const HOME = '/usr/local/kms';
const STANDARD = '/usr/lib/python3.11';
const UNUSED = /\/(__pycache__|test|idlelib|tkinter|lib2to3|config-3\.11[^/]*|ensurepip|pip)$/;

/**
 * @param {string} folder empty, becomes the root of the image
 * @param {{KMS_PYTHON: string}} kms as `provisionKms` found it
 * @returns {string[]} its entrypoint
 */
export function kmsRoot(folder, { KMS_PYTHON }) {
  newRoot(folder);
  const environment = dirname(dirname(KMS_PYTHON));
  const python = realpathSync(KMS_PYTHON);
  add(folder, python, '/usr/bin/python3.11');
  add(folder, python, join(HOME, 'bin/python'));
  writeFileSync(join(folder, HOME, 'pyvenv.cfg'), 'home = /usr/bin\ninclude-system-site-packages = false\n');
  add(folder, standardLibrary(KMS_PYTHON), STANDARD, (path) => UNUSED.test(path) || /-packages$/.test(path));
  add(folder, join(environment, 'lib'), join(HOME, 'lib'), (path) => UNUSED.test(path));
  add(folder, '/usr/share/zoneinfo/GMT');
  // It asks what machine it is on through a shell.
  add(folder, '/bin/sh');
  const places = [join(STANDARD, 'lib-dynload'), join(HOME, 'lib')];
  addLibraries(folder, [
    '/usr/bin/python3.11',
    '/bin/sh',
    ...places.flatMap((place) => sharedLibraries(folder, place)),
  ]);
  return [join(HOME, 'bin/python'), '-m', 'localstack.runtime.main'];
}

const standardLibrary = (python) =>
  execFileSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("stdlib"))'], { encoding: 'utf8' }).trim();
