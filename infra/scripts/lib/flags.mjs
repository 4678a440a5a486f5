import { parseArgs } from 'node:util';
import { fail } from './workspace.mjs';

/**
 * Parses flags before anything else happens: an unknown flag or a bad value ends with one line and exit code 2.
 * @param options as node:util parseArgs takes them, each with `help` and optionally `check(value)` → problem or undefined
 */
export function flags(name, summary, options) {
  const all = { ...options, help: { type: 'boolean', help: 'shows this' } };
  let values;
  try {
    ({ values } = parseArgs({ options: all, strict: true, allowPositionals: false }));
  } catch (error) {
    return fail(`${name}: ${error.message.split('\n')[0].replace(/\. To specify.*/, '')} (see --help)`, 2);
  }
  if (values.help) {
    const width = Math.max(...Object.entries(all).map(([key, { type }]) => key.length + (type === 'string' ? 8 : 0)));
    const rows = Object.entries(all).map(
      ([key, { type, help }]) => `  --${`${key}${type === 'string' ? ' VALUE' : ''}`.padEnd(width)}  ${help}`,
    );
    process.stdout.write(`${name}\n${summary}\n\n${rows.join('\n')}\n`);
    process.exit(0);
  }
  for (const [key, { check }] of Object.entries(all)) {
    const problem = values[key] !== undefined && check?.(values[key]);
    if (problem) fail(`${name}: --${key}: ${problem}`, 2);
  }
  return values;
}

/** Why a value names no folder. Empty, as a shell leaves a variable that is not set, would mean the folder one stands in. */
export const folderProblem = (value) => (value.trim() === '' ? 'names no folder' : undefined);

/** A port number, or why it is none. */
export const portProblem = (value) =>
  /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_534
    ? undefined
    : `not a port (1-65534): ${value}`;
