-- Sessions with what was proven, and the hashes of the secrets that name them: a cookie, or a family of refresh tokens.
-- One family per session, so that one row decides every race: who rotates, who ends, who is too late.
-- `id` is a UUIDv7: new rows go to the right edge of the key, and the oldest are found without a scan.
create table session (
  id uuid primary key,
  tenant uuid not null,
  subject uuid not null,
  pseudonym text not null,
  client_id text not null,
  credential uuid not null,
  -- When the ceremony began that opened it, by the clock of the challenge.
  begun_at timestamptz not null,
  platform text not null,
  acr text not null,
  amr text[] not null,
  auth_time bigint not null,
  -- The credential its present assurance rests on, when another than the one that opened it raised it.
  elevated_by uuid,
  elevated_begun_at timestamptz,
  cookie_hash bytea,
  family_hash bytea,
  refresh_hash bytea,
  refreshed integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  last_active_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  end_reason text,
  check ((cookie_hash is null) <> (family_hash is null)),
  check ((family_hash is null) = (refresh_hash is null)),
  check ((ended_at is null) = (end_reason is null))
) with (fillfactor = 80);
create index session_of_subject on session (tenant, subject) where ended_at is null;
create index session_of_credential on session (tenant, credential) where ended_at is null;
create index session_of_elevation on session (tenant, elevated_by) where ended_at is null and elevated_by is not null;

-- Devices that were ended. It outlives the race: a session established late is dead on its first check.
create table device_tombstone (
  tenant uuid not null,
  credential uuid not null,
  ended_at timestamptz not null default clock_timestamp(),
  -- Revoked: nothing of this device ever lives again. Suspended: what was begun after `ended_at` may.
  final boolean not null,
  primary key (tenant, credential)
);

-- Client assertions that were presented (RFC 7523 §3 item 7).
create table client_assertion (
  tenant uuid not null,
  client_id text not null,
  jti_hash bytea not null,
  expires_at timestamptz not null,
  primary key (tenant, client_id, jti_hash)
);
create index client_assertion_expiry on client_assertion (expires_at);

alter table session enable row level security;
alter table session force row level security;
create policy tenant_isolation on session
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
alter table device_tombstone enable row level security;
alter table device_tombstone force row level security;
create policy tenant_isolation on device_tombstone
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
alter table client_assertion enable row level security;
alter table client_assertion force row level security;
create policy tenant_isolation on client_assertion
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
-- Clearing away what is long over goes through all tenants; only `session_sweep` may.
create policy sweeper_sees on session for select to current_user using (true);
create policy sweeper on session for delete to current_user using (true);
create policy sweeper_sees on client_assertion for select to current_user using (true);
create policy sweeper on client_assertion for delete to current_user using (true);

grant select, insert, update on session to cs_session;
grant select, insert, update on device_tombstone to cs_session;
grant select, insert on client_assertion to cs_session;

-- Whether something of this device that was begun at `p_begun_at` is dead. The clock of the challenge and the one of this
-- database may differ: five seconds count against the ceremony.
create function device_is_ended(p_tenant uuid, p_credential uuid, p_begun_at timestamptz) returns boolean
  language plpgsql stable as $$
begin
  return exists (
    select from device_tombstone t
    where t.tenant = p_tenant and t.credential = p_credential
      and (t.final or p_begun_at <= t.ended_at + interval '5 seconds'));
end $$;

-- What a session is worth now: live, ended, device, expired or idle. Limits are seconds of the tenant's present policy.
create function session_state(s session, p_inactivity integer, p_absolute integer) returns text
  language plpgsql stable as $$
begin
  if s.ended_at is not null then
    return 'ended';
  elsif device_is_ended(s.tenant, s.credential, s.begun_at) then
    return 'device';
  elsif s.elevated_by is not null and device_is_ended(s.tenant, s.elevated_by, s.elevated_begun_at) then
    return 'device';
  elsif s.created_at + make_interval(secs => p_absolute) <= clock_timestamp() then
    return 'expired';
  elsif s.last_active_at + make_interval(secs => p_inactivity) <= clock_timestamp() then
    return 'idle';
  end if;
  return 'live';
end $$;

-- Reads one session and its state. Writes nothing (R20).
create function session_find(p_tenant uuid, p_id uuid, p_inactivity integer, p_absolute integer)
  returns table (state text, found session)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query select session_state(s, p_inactivity, p_absolute), s from session s where s.id = p_id;
end $$;

-- Opens a session with its event: one round trip, one commit. False: its device was ended after the ceremony began.
create function session_establish(
  p_tenant uuid, p_id uuid, p_subject uuid, p_pseudonym text, p_client text, p_credential uuid, p_begun_at timestamptz,
  p_platform text, p_acr text, p_amr text[], p_auth_time bigint, p_cookie_hash bytea, p_family_hash bytea,
  p_refresh_hash bytea, p_event uuid, p_leaf bytea, p_sealed bytea) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  if device_is_ended(p_tenant, p_credential, p_begun_at) then
    return false;
  end if;
  insert into session (id, tenant, subject, pseudonym, client_id, credential, begun_at, platform, acr, amr, auth_time,
                       cookie_hash, family_hash, refresh_hash)
    values (p_id, p_tenant, p_subject, p_pseudonym, p_client, p_credential, p_begun_at, p_platform, p_acr, p_amr,
            p_auth_time, p_cookie_hash, p_family_hash, p_refresh_hash);
  perform outbox_append(p_event, p_tenant, 'session.established', p_leaf, p_sealed);
  return true;
end $$;

-- Rotates a refresh token: liveness, owner and the present secret are judged by the one statement that replaces it (R5).
-- Where it wrote nothing, what follows only says why: unknown, ended, or reused, that is a former token of this family.
create function session_rotate(
  p_tenant uuid, p_id uuid, p_client text, p_family_hash bytea, p_refresh_hash bytea, p_next_hash bytea,
  p_inactivity integer, p_absolute integer) returns table (outcome text, found session)
  language plpgsql as $$
declare
  v_found session;
begin
  perform set_config('app.tenant', p_tenant::text, true);
  update session s set refresh_hash = p_next_hash, refreshed = s.refreshed + 1
    where s.id = p_id and s.client_id = p_client and s.family_hash = p_family_hash and s.refresh_hash = p_refresh_hash
      and session_state(s, p_inactivity, p_absolute) = 'live'
    returning s.* into v_found;
  if v_found.id is not null then
    return query select 'rotated', v_found;
    return;
  end if;
  select * into v_found from session s
    where s.id = p_id and s.client_id = p_client and s.family_hash = p_family_hash;
  return query select case
    when v_found.id is null then 'unknown'
    when v_found.refresh_hash = p_refresh_hash or session_state(v_found, p_inactivity, p_absolute) <> 'live' then 'ended'
    else 'reused' end, v_found;
end $$;

-- Whether a refresh token is, or was, one of this session's. Writes nothing.
create function session_has_family(p_tenant uuid, p_id uuid, p_family_hash bytea) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return exists (select from session s where s.id = p_id and s.family_hash = p_family_hash);
end $$;

-- Raises a live session: never to less, never to an older authentication. One conditional write with its event.
create function session_elevate(
  p_tenant uuid, p_id uuid, p_subject uuid, p_credential uuid, p_begun_at timestamptz, p_acr text, p_order text[],
  p_amr text[], p_auth_time bigint, p_inactivity integer, p_absolute integer, p_event uuid, p_leaf bytea)
  returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  update session s
    set acr = p_acr, amr = p_amr, auth_time = p_auth_time, elevated_by = p_credential, elevated_begun_at = p_begun_at
    where s.id = p_id and s.subject = p_subject and s.auth_time <= p_auth_time
      and coalesce(array_position(p_order, p_acr), 0) >= coalesce(array_position(p_order, s.acr), 0)
      and session_state(s, p_inactivity, p_absolute) = 'live'
      and not device_is_ended(p_tenant, p_credential, p_begun_at);
  if not found then
    return false;
  end if;
  perform outbox_append(p_event, p_tenant, 'session.elevated', p_leaf, null);
  return true;
end $$;

-- Writes that a grant was issued, if its session is live and its device was not ended since the ceremony began.
create function session_grant(
  p_tenant uuid, p_id uuid, p_subject uuid, p_credential uuid, p_begun_at timestamptz, p_inactivity integer,
  p_absolute integer, p_event uuid, p_leaf bytea) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  perform from session s
    where s.id = p_id and s.subject = p_subject and session_state(s, p_inactivity, p_absolute) = 'live'
      and not device_is_ended(p_tenant, p_credential, p_begun_at);
  if not found then
    return false;
  end if;
  perform outbox_append(p_event, p_tenant, 'grant.issued', p_leaf, null);
  return true;
end $$;

-- Live sessions of a subject, newest first.
create function session_list(p_tenant uuid, p_subject uuid, p_inactivity integer, p_absolute integer)
  returns setof session
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query select s.* from session s
    where s.tenant = p_tenant and s.subject = p_subject and s.ended_at is null
      and session_state(s, p_inactivity, p_absolute) = 'live'
    order by s.id desc;
end $$;

-- Moves "last active" forward, many sessions at once. Ages are milliseconds, so that only the clock of this database
-- counts. Rows are locked in the order of their ids, as everywhere.
create function session_touch(p_tenant uuid, p_ids uuid[], p_ages integer[]) returns void
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  perform from session s where s.id = any (p_ids) order by s.id for no key update;
  update session s set last_active_at = greatest(s.last_active_at, clock_timestamp() - make_interval(secs => u.age / 1000.0))
    from unnest(p_ids, p_ages) as u (id, age)
    where s.id = u.id and s.ended_at is null;
end $$;

-- Puts up the tombstone of a device; a later end never weakens an earlier one.
create function device_end(p_tenant uuid, p_credential uuid, p_final boolean) returns void
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into device_tombstone as t (tenant, credential, final) values (p_tenant, p_credential, p_final)
    on conflict (tenant, credential) do update
    set ended_at = greatest(t.ended_at, clock_timestamp()), final = t.final or excluded.final;
end $$;

-- Spends the `jti` of a client assertion. The insert is the verdict.
create function client_assertion_spend(p_tenant uuid, p_client text, p_jti_hash bytea, p_expires_at timestamptz)
  returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into client_assertion (tenant, client_id, jti_hash, expires_at)
    values (p_tenant, p_client, p_jti_hash, p_expires_at) on conflict do nothing;
  return found;
end $$;

-- Clears away, a batch at a time, sessions that were opened more than `p_days` (31 at least) ago and assertions an hour past their end.
create function session_sweep(p_days integer, p_limit integer) returns integer
  language plpgsql security definer set search_path from current as $$
declare
  v_ms bigint := extract(epoch from clock_timestamp() - make_interval(days => greatest(p_days, 31))) * 1000;
  v_hex text := lpad(to_hex(v_ms), 12, '0');
  v_swept integer;
begin
  if not pg_try_advisory_xact_lock(hashtext('session session_sweep')) then
    return 0;
  end if;
  -- A UUIDv7 begins with its time: what lies below this one is older.
  delete from session where id in (
    select id from session
    where id < (left(v_hex, 8) || '-' || right(v_hex, 4) || '-7000-8000-000000000000')::uuid order by id limit p_limit);
  get diagnostics v_swept = row_count;
  delete from client_assertion where (tenant, client_id, jti_hash) in (
    select tenant, client_id, jti_hash from client_assertion
    where expires_at < clock_timestamp() - interval '1 hour' order by expires_at limit p_limit);
  return v_swept;
end $$;
