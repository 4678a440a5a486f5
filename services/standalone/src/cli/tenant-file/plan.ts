import type { tenant } from '@countersign/contracts';
import { canonicalJson } from '@countersign/kernel';
import type { FileApplication, TenantFile } from './tenant-file.js';

/** An application that the file names, as it is to be. */
export interface PlannedApplication {
  wanted: FileApplication;
  /** Undefined: it is registered. */
  clientId?: string;
  /** What differs, one line each; none: nothing is done. */
  differences: string[];
}

export interface Plan {
  /** Undefined: it exists. */
  create?: { slug: string; name: string; rpId: string };
  applications: PlannedApplication[];
  /** Registered, and not in the file. */
  left: tenant.Application[];
  /** What the file asks for and nobody can do. */
  impossible: string[];
}

/** What lies between a file and what there is. */
export function planOf(
  file: TenantFile,
  known: tenant.Tenant | undefined,
  applications: readonly tenant.Application[],
): Plan {
  const { slug, name, rpId } = file;
  const found = file.applications.map((wanted) => ({ wanted, matches: matchesOf(wanted, applications) }));
  const used = new Set(found.flatMap(({ matches }) => matches.map(({ clientId }) => clientId)));
  return {
    ...(!known && { create: { slug, name, rpId } }),
    applications: found.map(({ wanted, matches: [match] }) => planned(wanted, match)),
    left: applications.filter(({ clientId }) => !used.has(clientId)),
    impossible: [
      ...fixed('rpId', known?.rpId, rpId, 'passkeys are bound to it'),
      ...fixed('name', known?.name, name, 'a tenant keeps its name'),
      ...found.flatMap(({ wanted, matches }, at) => impossibleIn(wanted, matches, `applications.${at}`)),
    ],
  };
}

const matchesOf = ({ clientId, name }: FileApplication, known: readonly tenant.Application[]): tenant.Application[] =>
  known.filter((each) => (clientId === undefined ? each.name === name : each.clientId === clientId));

function impossibleIn(wanted: FileApplication, matches: readonly tenant.Application[], at: string): string[] {
  if (wanted.clientId !== undefined && matches.length === 0)
    return [`${at}.clientId: this tenant has no application ${wanted.clientId}`];
  if (matches.length > 1)
    return [`${at}.name: ${matches.length} applications are called ${wanted.name}; say which by its clientId`];
  return fixed(`${at}.type`, matches[0]?.type, wanted.type, 'register another application');
}

const fixed = (path: string, is: string | undefined, wanted: string, why: string): string[] =>
  is === undefined || is === wanted ? [] : [`${path}: is ${is} and cannot become ${wanted}: ${why}`];

function planned(wanted: FileApplication, known: tenant.Application | undefined): PlannedApplication {
  if (!known) return { wanted, differences: [] };
  const { clientId, relatedOrigins } = known;
  const own = known.origins.filter((origin) => !relatedOrigins.includes(origin));
  const before = { ...known, origins: own, jwks: known.jwks === '' ? undefined : (JSON.parse(known.jwks) as unknown) };
  return { wanted, clientId, differences: differencesOf(before, wanted) };
}

type Compared = Pick<FileApplication, 'name' | 'origins' | 'relatedOrigins' | 'scopes'> & { jwks?: unknown };

function differencesOf(before: Compared, after: Compared): string[] {
  const lists = (['origins', 'relatedOrigins', 'scopes'] as const).flatMap((member) =>
    sorted(before[member]) === sorted(after[member]) ? [] : [changeLine(member, before[member], after[member])],
  );
  const renamed = before.name === after.name ? [] : [changeLine('name', before.name, after.name)];
  const keys = canonicalJson(before.jwks ?? null) === canonicalJson(after.jwks ?? null) ? [] : ['jwks: other keys'];
  return [...renamed, ...lists, ...keys];
}

const sorted = (list: readonly string[]): string => JSON.stringify([...list].sort());
const changeLine = (member: string, before: unknown, after: unknown): string =>
  `${member}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
