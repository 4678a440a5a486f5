// Adds to package-lock.json the platform packages that the registry it was written against did not have.
//
// npm leaves an optional package it cannot find out of the lockfile, and `npm ci` then refuses that lockfile wherever the
// package can be found: someone else's machine. What stands in such an entry follows from the package that asks for it
// (the version) and from its name (the platform). Run after `npm install`; writes nothing when nothing is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, root, say } from './lib/workspace.mjs';

const OS = /(?:^|[-/])(darwin|linux|win32|freebsd|android|openharmony)(?=-|$)/;
const CPU = /-(x64|arm64|arm|armv7|ia32|ppc64|s390x|riscv64|loong64)(?=-|$)/;
const LIBC = { gnu: 'glibc', musl: 'musl' };

/** Where `name` is found from `path`, as Node looks for it. */
function located(packages, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const place = at ? `${at}/node_modules/${name}` : `node_modules/${name}`;
    if (packages[place]) return place;
    if (!at) return undefined;
  }
}

/**
 * Optional packages that are asked for and have no entry.
 * @param {Record<string, {optionalDependencies?: Record<string, string>}>} packages of a lockfile
 * @returns {[string, string][]} name and version
 */
export function missingOptionals(packages) {
  const wanted = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies).filter(([name]) => !located(packages, path, name)),
  );
  return [...new Map(wanted)];
}

function entry([name, version]) {
  const os = OS.exec(name)?.[1];
  const cpu = CPU.exec(name)?.[1].replace('armv7', 'arm');
  if (!os || !cpu || !/^\d/.test(version)) throw new Error(`${name}@${version}: no platform package by its name`);
  const libc = os === 'linux' ? LIBC[/-(gnu|musl)$/.exec(name)?.[1]] : undefined;
  return { version, cpu: [cpu], ...(libc && { libc: [libc] }), optional: true, os: [os] };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = join(root, 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  try {
    const missing = missingOptionals(lock.packages);
    for (const each of missing) lock.packages[`node_modules/${each[0]}`] = entry(each);
    lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
    if (missing.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
    say(missing.length > 0 ? `Added: ${missing.map(([name]) => name).join(', ')}` : 'Nothing is missing');
  } catch (error) {
    fail(error.message);
  }
}
