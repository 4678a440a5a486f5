import type { CommandBody } from '../command.js';
import { columns } from '../help.js';
import { allKeys } from '../keys/stores.js';
import { publishedLines } from '../snapshot-keys.js';

export const keyList: CommandBody = {
  options: { store: { value: '<store>', help: 'only those of one store' } },
  run: async (input, { house }) => {
    const keys = await allKeys(house, input.text('store'));
    const rows = keys.map(({ store, id, version, use, state, createdAt }) => [
      store,
      id,
      `${version}`,
      use,
      state,
      createdAt.toISOString(),
    ]);
    return { json: { keys }, lines: columns([['STORE', 'ID', 'VERSION', 'USE', 'STATE', 'CREATED'], ...rows]) };
  },
};

export const keyPublish: CommandBody = {
  options: {},
  notes: [
    'Into each file that a COUNTERSIGN_SNAPSHOT_KEYS_FILE names. Makes the first version where there is none: before services',
    'start for the first time, or after the key was lost.',
  ],
  run: async (_, { house }) => {
    const published = await house.publishSnapshotKeys();
    return { json: published, lines: publishedLines(published) };
  },
};
