import type { HostProcess } from './host-process.js';

/** What Prometheus reads of an installation, a text for each process. */
export function metricsOf(host: HostProcess): Promise<string[]> {
  const { adminPort, processes } = host.info;
  const ports = adminPort === undefined ? processes.map((each) => each.adminPort) : [adminPort];
  return Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()));
}

/** The values of one metric, a number for each of its lines. */
export const valuesOf = (text: string, name: string): number[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => Number(line.split(' ').at(-1)));
