import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AttestationPolicy } from '../types.js';
import { certificatesOf } from './pem.js';

/** Trust anchors by the name of their set, DER. */
export type AnchorSets = ReadonlyMap<string, readonly Uint8Array[]>;

/** What ships with the library; its README says where each certificate comes from. */
const SHIPPED = fileURLToPath(new URL('../../anchors', import.meta.url));
/** A folder's name is the set's name, as a policy writes it. */
export const ANCHOR_SET_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

function certificatesIn(path: string): Uint8Array[] {
  try {
    return certificatesOf(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(
      `trust anchor ${path} cannot be used: it ${error instanceof Error ? error.message : 'is unreadable'}`,
    );
  }
}

const pemFilesOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.pem'))
    .sort()
    .map((name) => join(folder, name));

function setsIn(folder: string): [string, Uint8Array[]][] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && ANCHOR_SET_NAME.test(entry.name))
    .map(({ name }) => [name, pemFilesOf(join(folder, name)).flatMap(certificatesIn)]);
}

/**
 * The anchors that ship with the library, and those an installation adds: `<folder>/<set>/*.pem`, into a shipped set or a
 * new one. An authority's next root is thus trusted beside the present one without a new release.
 * @param folder of the installation; read once
 * @throws Error naming the folder or file that cannot be used
 */
export function readAnchorSets(folder?: string): AnchorSets {
  if (folder !== undefined && !existsSync(folder))
    throw new Error(`the folder of trust anchors ${folder} is not there`);
  const sets = new Map<string, readonly Uint8Array[]>();
  for (const [name, anchors] of [SHIPPED, ...(folder === undefined ? [] : [folder])].flatMap(setsIn))
    sets.set(name, [...(sets.get(name) ?? []), ...anchors]);
  return sets;
}

/** The anchors of the named sets; a set that nobody has set up holds none, so nothing is trusted in its name. */
export const anchorsOf = (sets: AnchorSets, names: readonly string[]): Uint8Array[] =>
  names.flatMap((name) => [...(sets.get(name) ?? [])]);

/** Who vouches for the keys of a platform vouches for nothing that is said in another format. */
const FORMAT_OF: ReadonlyMap<string, string> = new Map([
  ['apple', 'apple'],
  ['android', 'android-key'],
]);

/** The anchors of the named sets as verification takes them: those of `apple` and `android` for their own format only. */
export function trustIn(
  sets: AnchorSets,
  names: readonly string[],
): Required<Pick<AttestationPolicy, 'anchors' | 'anchorsByFormat'>> {
  const bound = names.flatMap((name) => {
    const format = FORMAT_OF.get(name);
    return format === undefined ? [] : [[format, anchorsOf(sets, [name])] as const];
  });
  const others = names.filter((name) => !FORMAT_OF.has(name));
  return { anchors: anchorsOf(sets, others), anchorsByFormat: new Map(bound) };
}
