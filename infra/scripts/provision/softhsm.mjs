// SoftHSM 2 and pkcs11js: a token in software behind the interface of a hardware security module.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run, say, withHeaders } from '../lib/workspace.mjs';
import { aptInstall, program, reads } from './programs.mjs';

const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];
const REMEDY =
  'SoftHSM 2 is missing: install it, or name its module in SOFTHSM2_MODULE (on Debian: apt-get install softhsm2, as root)';

function findModule(env) {
  if (env.SOFTHSM2_MODULE && !reads(env.SOFTHSM2_MODULE))
    throw new Error(`SOFTHSM2_MODULE names no readable file: ${env.SOFTHSM2_MODULE}`);
  return env.SOFTHSM2_MODULE || MODULES.find(reads);
}

/**
 * @returns {Promise<string>} path of the PKCS#11 module
 * @throws Error with what to do, where something cannot be installed
 */
export async function provisionSoftHsm(env = process.env) {
  await provisionBinding(env);
  const there = findModule(env);
  if (there && program(['softhsm2-util'], env)) return there;
  await aptInstall(['softhsm2'], 'the tests of keys in a security module', REMEDY, env);
  const installed = findModule(env);
  if (!installed) throw new Error(`apt-get installed softhsm2, but no module is at ${MODULES[0]}`);
  return installed;
}

/**
 * A place for tokens that ends with this process. SoftHSM reads where it is from the environment of the process it is
 * loaded into, which a test cannot change any more.
 * @param {string} module as `provisionSoftHsm` told
 * @returns {{SOFTHSM2_MODULE: string, SOFTHSM2_CONF: string}} for the environment of a suite
 */
export function softHsmEnvironment(module) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-softhsm-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'tokens'));
  const conf = join(folder, 'softhsm2.conf');
  writeFileSync(conf, `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`);
  return { SOFTHSM2_MODULE: module, SOFTHSM2_CONF: conf };
}

const BINDING = join(root, 'node_modules/pkcs11js/build/Release/pkcs11.node');

/** npm leaves an optional package out where it did not compile: without a compiler, or before Node's headers were there. */
async function provisionBinding(env) {
  if (existsSync(BINDING)) return;
  const compiler = program(['g++', 'c++', 'clang++'], env) && program(['make'], env) && program(['python3'], env);
  if (!compiler)
    throw new Error('pkcs11js is compiled when it is installed: this needs a C++ compiler, make and Python 3');
  say('Compiling pkcs11js …');
  await run('npm', ['install', '--no-audit', '--no-fund'], { env: { ...env, ...withHeaders() } });
  if (!existsSync(BINDING)) await run('npm', ['rebuild', 'pkcs11js'], { env: { ...env, ...withHeaders() } });
  if (!existsSync(BINDING)) throw new Error('pkcs11js did not compile: npm rebuild pkcs11js --loglevel=info shows why');
}
