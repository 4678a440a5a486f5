import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  // Nothing but this machine has an address: what a page would load from elsewhere fails instead of passing unseen.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
];

/** Starts the Chromium of `CHROMIUM_PATH`, or the one in PATH. @throws Error when there is none */
export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath: pathOf(), args: FLAGS });

function pathOf(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const places = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', ...folders.map((folder) => join(folder, 'chromium'))];
  const found = places.find((place) => place !== undefined && runs(place));
  if (!found) throw new Error('there is no Chromium: npm run provision finds or installs one');
  return found;
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
