import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    : [];

/** Names the files that are in only one of two folders, or differ. */
export function differences(left, right) {
  const names = new Set([...filesIn(left), ...filesIn(right)]);
  const read = (folder, name) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
  return [...names].filter((name) => read(left, name) !== read(right, name)).sort();
}
