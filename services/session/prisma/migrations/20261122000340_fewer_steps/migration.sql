-- Opens a session as before, in two statements: one asks whether the device was ended, one writes session and event. Each
-- statement inside a function costs what starting it costs, and this is the dearest call of a sign-in.
create or replace function session_establish(
  p_tenant uuid, p_id uuid, p_subject uuid, p_pseudonym text, p_client text, p_credential uuid, p_begun_at timestamptz,
  p_platform text, p_acr text, p_amr text[], p_auth_time bigint, p_cookie_hash bytea, p_family_hash bytea,
  p_refresh_hash bytea, p_event uuid, p_leaf bytea, p_sealed bytea, p_jkt text) returns boolean
  language plpgsql as $$
declare
  v_tenant constant text := set_config('app.tenant', p_tenant::text, true);
begin
  -- The condition of `device_is_ended`.
  if exists (
    select from device_tombstone t
     where t.tenant = p_tenant and t.credential = p_credential
       and (t.final or p_begun_at <= t.ended_at + interval '5 seconds'))
  then
    return false;
  end if;
  with established as (
    insert into session (id, tenant, subject, pseudonym, client_id, credential, begun_at, platform, acr, amr, auth_time,
                         cookie_hash, family_hash, refresh_hash, jkt)
      values (p_id, p_tenant, p_subject, p_pseudonym, p_client, p_credential, p_begun_at, p_platform, p_acr, p_amr,
              p_auth_time, p_cookie_hash, p_family_hash, p_refresh_hash, p_jkt))
  insert into outbox (event_id, tenant, type, leaf, sealed)
    values (p_event, p_tenant, 'session.established', p_leaf, p_sealed);
  return true;
end $$;
