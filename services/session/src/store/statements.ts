import type { Statement } from '@countersign/database';
import type { EndTarget } from '../ports.js';

const call = (name: string, count: number, as: string): Statement => ({
  name,
  text: `select ${name}(${Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ')}) as ${as}`,
});

export const ESTABLISH = call('session_establish', 18, 'established');
export const FIND: Statement = {
  name: 'session_find',
  text: 'select f.state, (f.found).* from session_find($1, $2, $3, $4) f',
};
export const LIST: Statement = { name: 'session_list', text: 'select * from session_list($1, $2, $3, $4)' };
export const REFRESH: Statement = {
  name: 'session_refresh',
  text: 'select r.outcome, (r.found).* from session_refresh($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) r',
};
export const PROOF_SPEND: Statement = {
  name: 'dpop_spend',
  text: 'select outcome, nonce from dpop_spend($1, $2, $3, $4, $5, $6, $7)',
};
export const PROOF_SWEEP = call('dpop_sweep', 0, 'swept');
export const FAMILY = call('session_has_family', 3, 'is_member');
export const ELEVATE = call('session_elevate', 14, 'elevated');
export const GRANT = call('session_grant', 9, 'granted');
export const TOUCH = call('session_touch', 3, 'touched');
export const DEVICE_END = call('device_end', 3, 'ended');
export const ASSERTION_SPEND = call('client_assertion_spend', 4, 'spent');
export const ISSUER_KEY_PUT = call('issuer_key_put', 10, 'put');
export const ISSUER_KEY_LIST: Statement = {
  name: 'issuer_key_list',
  text: 'select * from issuer_key_list($1, $2, $3)',
};
export const ISSUER_KEY_NAMES: Statement = { name: 'issuer_key_names', text: 'select * from issuer_key_names($1)' };
export const ISSUER_KEY_SWEEP = call('issuer_key_sweep', 2, 'swept');
export const SWEEP = call('session_sweep', 2, 'swept');

/** Ends what matches and was not ended yet; whether each was live is read before the change, under its lock. */
const ending = (name: string, condition: string): Statement => ({
  name,
  text: `with target as materialized (
      select s.id, session_state(s, $2, $3) = 'live' as live from session s
      where s.ended_at is null and ${condition} order by s.id for update)
    update session s set ended_at = clock_timestamp(), end_reason = $1
    from target where s.id = target.id
    returning s.*, target.live`,
});

const END_ONE = ending('session_end_one', 's.id = $4 and ($5::uuid is null or s.subject = $5)');
const END_SUBJECT = ending('session_end_subject', 's.subject = $4 and s.id is distinct from $5');
const END_CREDENTIAL = ending('session_end_credential', '(s.credential = $4 or s.elevated_by = $4)');

/** The statement for a target, and its values after reason and limits. */
export function endStatement(target: EndTarget): { statement: Statement; values: (string | null)[] } {
  if ('session' in target) return { statement: END_ONE, values: [target.session, target.subject ?? null] };
  if ('subject' in target) return { statement: END_SUBJECT, values: [target.subject, target.except ?? null] };
  return { statement: END_CREDENTIAL, values: [target.credential] };
}
