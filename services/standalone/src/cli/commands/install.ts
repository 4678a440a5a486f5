import type { CommandBody } from '../command.js';
import { prepareDatabase } from '../install/prepare-database.js';
import { prepareKafka } from '../install/prepare-kafka.js';
import { publishedLines } from '../snapshot-keys.js';
import { waitFor, waitIn } from './database.js';

export const install: CommandBody = {
  options: {
    wait: waitFor('PostgreSQL and Kafka, each,'),
    'config-map': {
      value: '<name>',
      help: "where services read the public keys of snapshots, in this pod's namespace (default: the files they name)",
    },
  },
  notes: [
    'What `database apply`, `kafka topics apply` (where brokers are set) and `key publish` do, in this order. Can be repeated.',
    'Services need not run, and may. --json names each permission in Kafka that was made.',
  ],
  run: async (input, { house, note }) => {
    const wait = waitIn(input, 'install');
    const database = await prepareDatabase(house, wait, note);
    const kafka = await prepareKafka(house, wait, note);
    const configMap = input.given('config-map') ? input.text('config-map') : undefined;
    const published = await house.publishSnapshotKeys(configMap);
    for (const line of publishedLines(published)) note(line);
    return { json: { database, kafka: kafka ?? null, snapshotKeys: published }, lines: ['the installation is ready'] };
  },
};
