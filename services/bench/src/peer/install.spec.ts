import { beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPeer, type Npm } from './install.js';

let cache: string;
let calls: { folder: string; args: readonly string[] }[];
const npm: Npm = (folder, args) => {
  calls.push({ folder, args });
  writeFileSync(join(folder, 'installed'), '');
  return Promise.resolve();
};

beforeEach(() => {
  cache = join(mkdtempSync(join(tmpdir(), 'bench-peer-')), 'cache');
  calls = [];
});

describe('the peer', () => {
  test('is installed once; the second run asks npm nothing', async () => {
    const folder = await installPeer('better-auth', cache, npm);
    expect(await installPeer('better-auth', cache, npm)).toBe(folder);
    expect(calls).toHaveLength(1);
    expect(calls[0]!.args).toContain('--legacy-peer-deps');
    expect(calls[0]!.folder).not.toBe(folder);
    expect(readdirSync(folder).sort()).toEqual(['installed', 'package.json', 'server.mjs']);
  });

  test('is pinned: better-auth 1.7 with its passkey plug-in', async () => {
    const folder = await installPeer('better-auth', cache, npm);
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(dependencies)).toEqual(['@better-auth/passkey', 'better-auth', 'pg']);
    expect(dependencies['better-auth']).toMatch(/^1\.7\.\d+$/);
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('runs the server of this clone, whatever an earlier run left', async () => {
    const folder = await installPeer('better-auth', cache, npm);
    writeFileSync(join(folder, 'server.mjs'), 'of yesterday');
    await installPeer('better-auth', cache, npm);
    expect(readFileSync(join(folder, 'server.mjs'), 'utf8')).toContain('betterAuth(');
  });

  test('that npm cannot install leaves nothing, and one line says so', async () => {
    const failing: Npm = () =>
      Promise.reject(Object.assign(new Error('x'), { stderr: 'npm error a\nnpm error no network\n' }));
    await expect(installPeer('better-auth', cache, failing)).rejects.toThrow(
      /^npm could not install the peer: npm error no network$/,
    );
    expect(readdirSync(cache)).toEqual([]);
    expect(existsSync(await installPeer('better-auth', cache, npm))).toBe(true);
  });
});
