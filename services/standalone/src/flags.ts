import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartRefused } from './data-dir.js';

export interface StandaloneFlags {
  port: number;
  dataDir: string;
  once: boolean;
  json: boolean;
  replicas: number;
  /** Events go over a Kafka broker that is started with the services. */
  kafka: boolean;
}

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** The bootstrap has checked the flags already; this reads them again for who starts the program directly. */
export function readFlags(args: readonly string[]): StandaloneFlags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8400' },
      'data-dir': { type: 'string' },
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      replicas: { type: 'string', default: '1' },
      kafka: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_534)
    throw new StartRefused(`--port: not a port: ${values.port}`);
  const { once, json, kafka } = values;
  const dataDir = values['data-dir'] ?? resolve(PROJECT, kafka ? '.countersign-kafka' : '.countersign');
  return { port, dataDir, once, json, kafka, replicas: Number(values.replicas) };
}
