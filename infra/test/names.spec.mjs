import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { missingOptionals } from '../scripts/complete-lockfile.mjs';

const TEXT_LIMIT = 5 * 1024 * 1024;
const SELF = 'infra/test/names.spec.mjs';

/** A link to a folder is tracked too, and what it leads to is tracked by itself. */
const isText = (path) => {
  const found = statSync(path);
  return found.isFile() && found.size < TEXT_LIMIT;
};

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path && path !== SELF && existsSync(path) && isText(path));

const lines = (pattern) =>
  tracked.flatMap((path) => {
    const text = readFileSync(path);
    if (text.includes(0)) return [];
    return text
      .toString()
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : []));
  });

const REGISTRY_HOSTS =
  /\b(registry\.[a-z0-9-]+\.[a-z]{2,}|[a-z0-9.-]*npmjs\.(org|com)|[a-z0-9.-]*yarnpkg\.com|npm\.pkg\.github\.com|pypi\.org|proxy\.golang\.org|[a-z0-9.-]*artifactory[a-z0-9.-]*\.[a-z]{2,})\b/i;

describe('what the project must not name', () => {
  test('no lockfile entry says where a package came from', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    const resolved = Object.entries(packages).filter(([, { resolved: from, link }]) => from !== undefined && !link);
    expect(resolved).toEqual([]);
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  test('every platform has its packages in the lockfile: node infra/scripts/complete-lockfile.mjs adds them', () => {
    expect(missingOptionals(JSON.parse(readFileSync('package-lock.json', 'utf8')).packages)).toEqual([]);
  });

  test('npm is told to keep addresses out, and asked for no registry', () => {
    const config = readFileSync('.npmrc', 'utf8');
    expect(config).toMatch(/^omit-lockfile-registry-resolved=true$/m);
    expect(config).not.toMatch(/registry\s*=|_auth|:\/\//);
  });

  test('no file names a registry’s host', () => {
    expect(lines(REGISTRY_HOSTS)).toEqual([]);
  });

  test('no file names a folder of the machine it was written on', () => {
    const here = [process.cwd(), homedir()]
      .filter((path) => path.length > 2)
      .map((path) => path.replaceAll(/[^\w/]/g, '\\$&'));
    expect(lines(new RegExp(`(?<![\\w.$}])(${here.join('|')}|/home/[a-z]+|/Users/[a-z]+)(?=[/'"\`\\s]|$)`))).toEqual(
      [],
    );
  });
});
