import { statSync } from 'node:fs';
import { databaseFindings } from './database.js';
import { finding, type Finding } from './finding.js';
import type { Facts } from '../house.js';

/** All checks, in the order in which a person would look. */
export async function examine(facts: Facts): Promise<Finding[]> {
  return [
    ...facts.services.map(({ name, settingsProblems }) => finding(`settings of ${name}`, settingsProblems)),
    finding('files that hold secrets', facts.secretFiles.flatMap(fileProblem), `${facts.secretFiles.length} files`),
    ...(await databaseFindings(facts)),
  ];
}

/** A file of secrets belongs to who runs this and nobody else reads it. */
function fileProblem(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [`${path} is missing`];
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0) return [`${path} has mode 0${mode.toString(8)}: chmod 600 ${path}`];
  const us = process.getuid?.();
  return us === undefined || found.uid === us ? [] : [`${path} belongs to user ${found.uid}, this runs as ${us}`];
}
