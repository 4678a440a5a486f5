import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { problemOfMode } from '@countersign/platform';
import { databaseFindings } from './database.js';
import { finding, type Finding } from './finding.js';
import type { Facts } from '../house.js';

/**
 * All checks, in the order in which a person would look.
 * @param inPod each service has its files in pods of its own: a folder that is not mounted here is told and no fault
 */
export async function examine(facts: Facts, inPod = false): Promise<Finding[]> {
  const files = facts.secretFiles.filter((file) => !inPod || existsSync(dirname(file)));
  const elsewhere = facts.secretFiles.length - files.length;
  const figure = `${files.length} files${elsewhere > 0 ? `; ${elsewhere} are not mounted here` : ''}`;
  return [
    ...facts.services.map(({ name, settingsProblems }) => finding(`settings of ${name}`, settingsProblems)),
    finding('files that hold secrets', files.flatMap(fileProblem), figure),
    ...(await databaseFindings(facts)),
  ];
}

/** What a service refuses to start with. */
function fileProblem(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [`${path} is missing`];
  const problem = problemOfMode(path, found.mode);
  return problem ? [problem] : [];
}
