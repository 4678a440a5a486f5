import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = process.cwd();
const json = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const root = json('package.json');
const lockfile = json('package-lock.json');

const workspaces = globSync('{libs,services}/*/package.json', { cwd: ROOT })
  .sort()
  .map((path) => ({ folder: dirname(path), ...json(path) }));
const byName = new Map(workspaces.map((workspace) => [workspace.name, workspace]));

/** `import x from 'p'`, `export … from 'p'`, `import 'p'`, `import('p')`. */
const IMPORT = /^(?:import|export)\s(?:[^;'"`=()]*?\sfrom\s)?'([^'\n]+)'|\bimport\('([^'\n]+)'\)/gm;
const isBare = (name) => !/^[./]|^node:|^virtual:/.test(name) && !builtinModules.includes(name);
const packageOf = (name) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

const sources = (folder) =>
  globSync(`${folder}/**/*.{ts,tsx,mjs}`, {
    cwd: ROOT,
    exclude: (path) => /(^|[\\/])(node_modules|dist|prisma|coverage)$/.test(String(path?.name ?? path)),
  });

const importsOf = (path) =>
  [...readFileSync(join(ROOT, path), 'utf8').matchAll(IMPORT)]
    .map(([, one, other]) => one ?? other)
    .filter(isBare)
    .map(packageOf);

/** Everything that is not part of what runs. */
const isSupport = (path) =>
  /\.spec\.|[\\/](test|contract|jest|scripts|web|browser|races|crash|e2e[\\/]keys)[\\/]|\.config\./.test(path);
const named = (...lists) => new Set(lists.flatMap((list) => Object.keys(list ?? {})));

describe.each(workspaces.map((workspace) => [workspace.folder, workspace]))('%s', (folder, workspace) => {
  const running = named(workspace.dependencies, workspace.optionalDependencies, { [workspace.name]: '' });
  const all = named(
    workspace.dependencies,
    workspace.optionalDependencies,
    workspace.devDependencies,
    root.devDependencies,
    {
      [workspace.name]: '',
    },
  );

  test('names every package it imports', () => {
    const missing = sources(folder).flatMap((path) =>
      importsOf(path)
        .filter((name) => !(isSupport(path) ? all : running).has(name))
        .map((name) => `${name} (${path})`),
    );
    expect(missing).toEqual([]);
  });

  test('has one layer', () => {
    expect(workspace.nx?.tags).toEqual([
      expect.stringMatching(/^layer:(kernel|contracts|platform|adapter|service|standalone|sdk|client|tool)$/),
    ]);
  });

  test('stands in the lockfile with what it depends on: npm ci refuses a clone where it does not', () => {
    const needs = ({ dependencies, devDependencies, optionalDependencies } = {}) => ({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
    });
    expect(needs(lockfile.packages[folder])).toEqual(needs(workspace));
  });

  test('is private and an ES module', () => {
    expect(workspace).toMatchObject({ private: true, type: 'module' });
  });

  // npm links a program when it installs, and before the first build there is no dist.
  test('has its programs before anything is built', () => {
    const programs = Object.values(workspace.bin ?? {});
    expect(programs.filter((path) => path.includes('dist') || !existsSync(join(ROOT, folder, path)))).toEqual([]);
  });

  // A tool is run, never imported.
  const door = existsSync(join(ROOT, folder, 'src/index.ts'));
  test('has the door its layer needs', () => {
    expect(door || workspace.nx.tags.includes('layer:tool')).toBe(true);
    expect(workspace.exports?.['.']?.default ?? './dist/index.js').toBe('./dist/index.js');
  });
});

describe('workspaces', () => {
  test('none depends on itself through others', () => {
    const own = ({ dependencies = {} }) => Object.keys(dependencies).filter((name) => byName.has(name));
    const walk = (name, trail) =>
      trail.includes(name)
        ? [[...trail.slice(trail.indexOf(name)), name].join(' → ')]
        : own(byName.get(name)).flatMap((next) => walk(next, [...trail, name]));
    expect([...new Set([...byName.keys()].flatMap((name) => walk(name, [])))]).toEqual([]);
  });

  test('one version of each package, wherever it is named', () => {
    const wanted = new Map();
    for (const { name, dependencies, devDependencies, optionalDependencies } of [root, ...workspaces]) {
      for (const [dependency, range] of Object.entries({
        ...dependencies,
        ...devDependencies,
        ...optionalDependencies,
      })) {
        wanted.set(dependency, new Map(wanted.get(dependency)).set(range, name));
      }
    }
    const several = [...wanted]
      .filter(([, ranges]) => ranges.size > 1)
      .map(([name, ranges]) => [name, ...ranges.keys()]);
    expect(several).toEqual([]);
  });
});
