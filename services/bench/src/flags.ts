import { parseArgs } from 'node:util';

/** What can be measured beside us; each is a folder of `infra/peers`. */
export const PEERS = ['better-auth'] as const;
export type Peer = (typeof PEERS)[number];

export interface Population {
  tenants: number;
  /** Passkeys over all tenants. */
  credentials: number;
}

export interface BenchFlags {
  /** Length of each measured load. */
  seconds: number;
  parallel: number;
  json: boolean;
  /** Measured after us, in the same run. */
  peer?: Peer;
  /** Measured beside the small case, in the same run. */
  population?: Population;
}

const POPULATION: Population = { tenants: 1_000, credentials: 1_000_000 };

/** Of either flag the other one takes its default; with neither there is no large case. */
function populationOf(tenants: string | undefined, credentials: string | undefined): Population | undefined {
  if (tenants === undefined && credentials === undefined) return undefined;
  return {
    tenants: tenants === undefined ? POPULATION.tenants : Number(tenants),
    credentials: credentials === undefined ? POPULATION.credentials : Number(credentials),
  };
}

/** @throws Error for a peer that is not known */
export function readFlags(args: readonly string[]): BenchFlags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '20' },
      parallel: { type: 'string', default: '16' },
      json: { type: 'boolean', default: false },
      peer: { type: 'string' },
      tenants: { type: 'string' },
      credentials: { type: 'string' },
    },
  });
  const peer = PEERS.find((name) => name === values.peer);
  if (values.peer !== undefined && peer === undefined) throw new Error(`no such peer: ${values.peer}`);
  const population = populationOf(values.tenants, values.credentials);
  return {
    seconds: Number(values.seconds),
    parallel: Number(values.parallel),
    json: values.json,
    ...(peer && { peer }),
    ...(population && { population }),
  };
}
