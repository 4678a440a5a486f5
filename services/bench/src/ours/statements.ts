import type { Division } from '../candidate.js';

/** Statements that no request waits for: relay, consumers, snapshots, batched counters, housekeeping. */
const BACKGROUND =
  /^(outbox_(unsent|mark|lease_|backlog|maintain|manifest_|retire|give_up_soon)|manifest_|bus_|snapshot_|consumer_position|known$|append_batch|quarantine$|rate_|day_salt|session_touch|session_sweep|learn|last_use|change_|device_endings|claim_|sweep|.*_maintain|.*_sweep|sealing_key|listen)/;
/** Statements of transactions that only consumers and housekeeping open. A request that opened one would show in `commits`. */
const TRANSACTIONS = /^(begin|commit|rollback)$/;
const BACKGROUND_WRITES =
  /^(bus_publish|outbox_mark|outbox_lease_hold|consumer_position_advance|rate_add|session_touch|snapshot_store)/;

export const divisionOfOurs: Division = {
  isWaitedFor: (name) => !BACKGROUND.test(name) && !TRANSACTIONS.test(name),
  isBackgroundWrite: (name) => BACKGROUND_WRITES.test(name),
};
