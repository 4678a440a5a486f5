// A server that speaks the protocol of AWS KMS, in a Python environment of its own: LocalStack's open core.
import { join } from 'node:path';
import { run, say } from '../lib/workspace.mjs';
import { cached } from './cache.mjs';
import { program } from './programs.mjs';

/** What was tried together. moto-ext alone would not do: it signs with disabled keys and hashes a digest again. */
const PINS = [
  'localstack-core[base-runtime]==4.10.0',
  'moto-ext==5.1.54',
  'cbor2<6',
  'pyOpenSSL<26',
  'cryptography<47',
  'service_identity',
];
const REMEDY = 'The KMS of the tests needs Python 3.11 with venv (on Debian: apt-get install python3 python3-venv)';
const PROBE = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';

async function findPython(env) {
  for (const name of ['python3.11', 'python3']) {
    const path = program([name], env);
    const version = path && (await run(path, ['-c', PROBE], { env }).catch(() => ''));
    if (version?.trim() === '3.11') return path;
  }
  throw new Error(REMEDY);
}

/**
 * @returns {Promise<{KMS_PYTHON: string}>} the Python that can run `localstack.runtime.main`, for the environment of the suites
 * @throws Error with what to do, where it cannot be installed
 */
export async function provisionKms(env = process.env) {
  const folder = await cached('kms', PINS, (fresh) => install(fresh, env), env);
  return { KMS_PYTHON: join(folder, 'bin/python') };
}

async function install(folder, env) {
  const python = await findPython(env);
  say('Installing a KMS for the tests (LocalStack, by pip); this is done once and takes some minutes …');
  await run(python, ['-m', 'venv', folder], { env });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PINS];
  await run(join(folder, 'bin/python'), pip, { env });
}
