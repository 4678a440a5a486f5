import { readFileSync } from 'node:fs';

/** What a service that refused to start says of it: the lines under its name that the log got since it had `from` bytes. */
export function lastWords(service: string, logFile: string, from: number): string {
  const lines = readFileSync(logFile).subarray(from).toString().split('\n');
  const own = lines.filter((line) => line.startsWith(`${service}: `)).map((line) => line.slice(service.length + 2));
  return own.join('; ') || `see ${logFile}`;
}
