import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { foreignCredential } from '@countersign/testing';
import { openDataDir } from '../src/data-dir.js';
import { openInstallation, type Installation } from '../src/installation.js';
import { openHouse } from '../src/cli/open-house.js';
import { runCli, type ChosenPlace } from '../src/cli/run-cli.js';

export const PUBLIC_URL = 'http://localhost:8499';
/** Of the test file that imports this: each has an installation of its own. */
export const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
export const dataDir = join(folder, 'data');

/** The database of the installation and all that a command beside it needs; made where it is not there. */
export const start = (): Promise<Installation> =>
  openInstallation({
    data: openDataDir(dataDir),
    publicUrl: PUBLIC_URL,
    logLevel: 'silent',
    log: () => undefined,
  });

export function remove(): void {
  rmSync(openDataDir(dataDir).masterKeyFile, { force: true });
  rmSync(folder, { recursive: true });
}

export async function countersign(...argv: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: string[][] = [[], []];
  const io = {
    out: (line: string) => void out!.push(line),
    err: (line: string) => void err!.push(line),
    loadHouse:
      async () =>
      ({ dataDir: given = dataDir, settings }: ChosenPlace) =>
        openHouse(settings === undefined ? { dataDir: given } : { settings }),
  };
  return { code: await runCli(argv, io), out: out!, err: err! };
}

export async function json<T>(...argv: string[]): Promise<T> {
  const { code, out, err } = await countersign(...argv, '--json');
  expect([code, err]).toEqual([0, []]);
  expect(out).toHaveLength(1);
  return JSON.parse(out[0]!) as T;
}

export const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};

/** One more customer of the bank. */
export const importPasskey = (): Promise<unknown> => {
  const path = join(folder, 'one-passkey.jsonl');
  writeFileSync(path, JSON.stringify(foreignCredential({ reference: 'a customer' }).line));
  return json('passkeys', 'import', path, '--tenant', 'bank');
};
