import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export interface ProcessStat {
  pid: number;
  parent: number;
  /** Own ticks, and those of children that ended. */
  ticks: number;
}

/** CPU time a process and everything below it has used so far, milliseconds (/proc, Linux). */
export function cpuMs(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  const below = (pid: number): ProcessStat[] =>
    all.filter(({ parent }) => parent === pid).flatMap((each) => [each, ...below(each.pid)]);
  const family = [...all.filter(({ pid }) => pid === root), ...below(root)];
  return (family.reduce((sum, { ticks }) => sum + ticks, 0) * 1000) / TICKS_PER_SECOND;
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    return readStat(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Reads a line of /proc/PID/stat (proc_pid_stat(5)). The name in it may hold spaces and parentheses. */
export function readStat(pid: number, line: string): ProcessStat {
  const fields = line.replace(/^.*\) /s, '').split(' ');
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  return { pid, parent: Number(fields[1]), ticks: utime! + stime! + cutime! + cstime! };
}

export const SERVER_CORE = 0;
export const DATABASE_AND_LOAD_CORE = 1;

/** Memory a process holds now, bytes (VmRSS, Linux). */
export const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) * 1024;

/** Binds a process and its threads to one core; what it starts later inherits that. */
export const pinTo = (core: number, pid: number): void => {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
};
