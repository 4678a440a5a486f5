export { appendEvent } from './append.js';
export type { Held, Manifest, ManifestLog } from './manifest.js';
export type { ManifestOptions } from './manifest-keeper.js';
export type { ManifestState } from './manifest-rows.js';
export { countReplay, replay } from './replay.js';
export { OutboxRelay, type RelayOptions } from './relay.js';
export type { Backlog } from './rows.js';
export { manifestSql, outboxSql } from './template.js';
