import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Asset {
  type: string;
  bytes: Buffer;
}

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  html: 'text/html; charset=utf-8',
};

const OWN = fileURLToPath(new URL('../../assets/', import.meta.url));
/** The web SDK as it is built: the operators' page uses what every bank's page uses. */
const SDK = fileURLToPath(new URL('../../../../libs/sdk-web/dist/', import.meta.url));

/** Every file of a folder that a page may load, read once; what is not in it does not exist. */
export function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => typeOf(name)) : [];
  return new Map(names.map((name) => [name, { type: typeOf(name)!, bytes: readFileSync(join(folder, name)) }]));
}

const typeOf = (name: string): string | undefined => TYPES[name.split('.').at(-1)!];

export const pageAssets = (): ReadonlyMap<string, Asset> => readAssets(OWN);
export const operatorAssets = (): ReadonlyMap<string, Asset> => readAssets(join(OWN, 'operator'));
export const sdkAssets = (): ReadonlyMap<string, Asset> => readAssets(SDK);
