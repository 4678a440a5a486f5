-- As `session_elevate`, which stays for replicas of the version before: but a session whose hardware proof has lapsed is
-- worth `phr`, as everybody is told, and may be raised by no more than that. What it was before comes back by no such proof:
-- the row then says what this proof was worth.
-- @param p_hardware_since unix seconds; a proof by hardware from before counts as `phr`
create function session_elevate(
  p_tenant uuid, p_id uuid, p_subject uuid, p_credential uuid, p_begun_at timestamptz, p_acr text, p_order text[],
  p_amr text[], p_auth_time bigint, p_inactivity integer, p_absolute integer, p_event uuid, p_leaf bytea,
  p_hardware_since bigint)
  returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  update session s
    set acr = p_acr, amr = p_amr, auth_time = p_auth_time, elevated_by = p_credential, elevated_begun_at = p_begun_at
    where s.id = p_id and s.subject = p_subject and s.auth_time <= p_auth_time
      and coalesce(array_position(p_order, p_acr), 0) >= coalesce(array_position(
        p_order, case when s.acr = 'phrh' and s.auth_time < p_hardware_since then 'phr' else s.acr end), 0)
      and session_state(s, p_inactivity, p_absolute) = 'live'
      and not device_is_ended(p_tenant, p_credential, p_begun_at);
  if not found then
    return false;
  end if;
  perform outbox_append(p_event, p_tenant, 'session.elevated', p_leaf, null);
  return true;
end $$;
