import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { KubernetesRefused, type KubernetesApi, type KubernetesObject } from './api.js';

/** Beside the values of a Secret; whoever lists them passes over names that begin with a dot. */
const LABELS = '.labels';

/**
 * Secrets as folders of files, for containers without Kubernetes: what is `<fullname>-session-tls` there is
 * `session/tls/{tls.crt,tls.key,ca.crt}` here. Files are for their owner alone (0600).
 *
 * @param folder has to exist and to be writable
 * @throws KubernetesRefused
 */
export function inFolder(folder: string, fullname: string): KubernetesApi {
  const placeOf = (name: string): string => join(folder, pathOf(name, fullname));
  return {
    namespace: fullname,
    get: async (_, name) => told(() => (existsSync(placeOf(name)) ? read(name, placeOf(name)) : undefined)),
    create: async (_, { metadata, data = {} }) =>
      told(() => make(placeOf(metadata.name), { ...data, [LABELS]: encoded(JSON.stringify(metadata.labels ?? {})) })),
    patch: async (_, name, change) =>
      told(() => write(placeOf(name), (change as Pick<KubernetesObject, 'data'>).data ?? {})),
  };
}

/** One folder below for each container, and one for what no container reads: each is a volume. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  authority: 'authority/authority',
  'master-key': 'authority/master-key',
  'database-admin': 'database/admin',
  'postgres-tls': 'database/postgres/tls',
  'kafka-tls': 'kafka-server/tls',
  'kafka-users': 'kafka-server/users',
};

function pathOf(name: string, fullname: string): string {
  const own = name.slice(fullname.length + 1);
  const [component, kind, ...more] = own.split('-');
  const path = ELSEWHERE[own] ?? (kind && more.length === 0 ? `${component}/${kind}` : undefined);
  if (!path || !name.startsWith(`${fullname}-`)) throw new KubernetesRefused(`Secret ${name} has no place in a folder`);
  return path;
}

function read(name: string, place: string): KubernetesObject {
  const names = readdirSync(place).filter((file) => !file.startsWith('.'));
  const data = Object.fromEntries(names.map((file) => [file, readFileSync(join(place, file)).toString('base64')]));
  const labels = existsSync(join(place, LABELS)) ? readFileSync(join(place, LABELS), 'utf8') : '{}';
  return { metadata: { name, labels: JSON.parse(labels) as Record<string, string> }, data };
}

/** Beside its place and renamed there, so that one cut short leaves no half of a Secret. */
function make(place: string, data: Readonly<Record<string, string>>): boolean {
  if (existsSync(place)) return false;
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  const fresh = mkdtempSync(`${dirname(place)}/.new-`);
  try {
    write(fresh, data);
    renameSync(fresh, place);
    return true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function write(place: string, data: Readonly<Record<string, string>>): void {
  for (const [file, value] of Object.entries(data)) {
    const path = join(place, file);
    writeFileSync(`${path}.new`, Buffer.from(value, 'base64'), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** The system's own words name paths and no contents. @throws KubernetesRefused */
function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KubernetesRefused) throw error;
    throw new KubernetesRefused(`the folder of secrets: ${(error as Error).message}`);
  }
}
