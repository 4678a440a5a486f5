export { appendEvent } from './append.js';
export { countReplay, replay, type ReplayRange } from './replay.js';
export { OutboxRelay, type RelayOptions } from './relay.js';
export type { Backlog } from './rows.js';
export { outboxSql } from './template.js';
