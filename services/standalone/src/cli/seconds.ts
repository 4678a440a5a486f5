import { UsageError, type Input } from './command.js';

/** @throws UsageError */
export function secondsIn(input: Input, option: string, fallback: number, command: string): number {
  if (!input.given(option)) return fallback;
  const seconds = Number(input.text(option));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3_600)
    throw new UsageError(`--${option} is not a number of seconds from 1 to 3600: '${input.text(option)}'`, command);
  return seconds;
}
