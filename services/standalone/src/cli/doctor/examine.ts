import { statSync } from 'node:fs';
import { problemOfMode } from '@countersign/platform';
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

/** What a service refuses to start with. */
function fileProblem(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [`${path} is missing`];
  const problem = problemOfMode(path, found.mode);
  return problem ? [problem] : [];
}
