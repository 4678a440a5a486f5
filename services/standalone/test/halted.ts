import { setTimeout as sleep } from 'node:timers/promises';
import { service } from '@countersign/audit';
import { audit as auditApi, makeLeaf, type Leaf, type ServiceName } from '@countersign/contracts';
import { createDatabase, withClient, type Database } from '@countersign/database';
import type { EventBus } from '@countersign/event-bus';
import { PLATFORM_TENANT, uuidv7 } from '@countersign/kernel';
import { OutboxRelay, appendEvent } from '@countersign/outbox';
import type { StartedService } from '@countersign/platform';
import { TestInstallation } from '@countersign/service-testing';
import type { Answer } from '../src/cli/command.js';
import { COMMANDS, loadCommand } from '../src/cli/commands/index.js';
import type { House } from '../src/cli/house.js';
import { parseInput } from '../src/cli/parse.js';

/** Audit follows what `challenge` writes over a bus a test may spoil; the command line works on their schemas. */
export interface Given {
  installation: TestInstallation;
  audit: StartedService;
  /** Commits events of the source. */
  write(count: number): Promise<Leaf[]>;
  /** Ids of the source's events in the log of the platform, in their order. */
  logged(): Promise<string[]>;
  command(...argv: string[]): Promise<Answer>;
  /** Whether audit says that it halted. */
  halted(): Promise<boolean>;
  rows<T extends object>(sql: string): Promise<T[]>;
  stop(): Promise<void>;
}

export const SOURCE = 'challenge';

/**
 * @param settings of audit's bus
 * @param busOver the bus the relay of the source publishes on
 */
export async function givenReader(
  settings: Record<string, unknown>,
  busOver: (relay: Database) => Pick<EventBus, 'publish'>,
): Promise<Given> {
  const installation = await TestInstallation.open(['audit', SOURCE]);
  const { database } = installation;
  const own: Record<string, Database> = { audit: database.open('audit', 2), [SOURCE]: database.open(SOURCE, 2) };
  const relayOf = (name: string) => createDatabase({ url: database.relayUrl(name), schema: name, max: 2 });
  const relays: Record<string, Database> = { audit: relayOf('audit'), [SOURCE]: relayOf(SOURCE) };
  const audit = await installation.start(service, settings);
  const log = { warn: () => undefined, error: () => undefined };
  const relay = new OutboxRelay({ service: SOURCE, database: relays[SOURCE]!, bus: busOver(relays[SOURCE]!), log });
  const rows = <T extends object>(sql: string): Promise<T[]> =>
    withClient(database.adminUrl, async (client) => (await client.query<T>(sql)).rows);
  const house = {
    stores: async (name: ServiceName) => ({ own: own[name]!, relay: relays[name]! }),
    reach: async () => ({
      audit: installation.client('cli', auditApi.AuditServiceService),
      call: () => installation.call(),
    }),
  } as unknown as House;
  return {
    installation,
    audit,
    rows,
    write: async (count) => {
      const leaves = Array.from({ length: count }, leafOf);
      for (const leaf of leaves) await own[SOURCE]!.transaction((tx) => appendEvent(tx, leaf));
      return leaves;
    },
    logged: async () => {
      const text = `select event_id as id from audit.leaf where source = '${SOURCE}' and type = 'challenge.refused' order by index`;
      return (await rows<{ id: string }>(text)).map(({ id }) => id);
    },
    command: async (...argv) => {
      const command = await loadCommand(COMMANDS.find(({ name }) => argv.slice(0, 2).join(' ') === name)!);
      const context = { house, note: () => undefined } as never;
      return command.run(parseInput(command, argv.slice(2)), context);
    },
    halted: async () => {
      const { values } = await audit.metrics.busHalted.get();
      return values.some(({ labels, value }) => labels['topic'] === SOURCE && value === 1);
    },
    stop: async () => {
      await relay.stop();
      await Promise.all(Object.values(relays).map((each) => each.close()));
      await installation.stop();
    },
  };
}

export const leafOf = (): Leaf =>
  makeLeaf({
    ...{ source: SOURCE, type: 'challenge.refused', tenant: PLATFORM_TENANT, outcome: 'refused' },
    ...{ request: uuidv7(), code: 'challenge_spent' },
  });

export async function until(done: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 40_000; !(await done()); await sleep(50))
    if (Date.now() > end) throw new Error(`still waiting until ${what}`);
}
