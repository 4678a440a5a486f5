import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { SettingsError, settingsFromEnv } from '@countersign/platform';
import type { z } from 'zod';
import { envFileOf } from '../settings-folder.js';
import { CommandFailed } from './command.js';
import type { Told } from './source.js';

/** One file of variables of a folder of settings, judged by the schema of whoever reads it. */
export function readSettings<S extends z.ZodObject>(folder: string, name: string, schema: S): Told<z.output<S>> {
  const file = envFileOf(folder, name);
  try {
    return { settings: settingsFromEnv(schema, parseEnv(readFileSync(file, 'utf8'))), problems: [] };
  } catch (error) {
    if (error instanceof SettingsError)
      return { settings: {}, problems: error.problems.map((problem) => `${join(folder, `${name}.env`)}: ${problem}`) };
    return { settings: {}, problems: [`cannot read ${file} (${(error as NodeJS.ErrnoException).code})`] };
  }
}

/** @throws CommandFailed */
export function valid<T>({ settings, problems }: Told<T>): T {
  if (problems.length > 0) throw new CommandFailed(problems.join('; '));
  return settings as T;
}
