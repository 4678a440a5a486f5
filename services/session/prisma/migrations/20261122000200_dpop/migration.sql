-- Tokens bound to a key of their holder (DPoP, RFC 9449): the key of a session, what a retried refresh is answered with, and
-- the proofs that were spent.

alter table session
  -- Thumbprint of the key every token of this session is bound to (RFC 7638).
  add column jkt text,
  -- The refresh token that was replaced last, when, and by what: sealed for whoever presents it again (R6).
  add column replaced_hash bytea,
  add column replaced_at timestamptz,
  add column successor bytea,
  add check (jkt is null or (jkt ~ '^[A-Za-z0-9_-]{43}$' and cookie_hash is null)),
  add check ((replaced_hash is null) = (successor is null) and (replaced_hash is null) = (replaced_at is null)),
  add check (replaced_hash is null or jkt is not null);

-- Proofs that were spent, by hash of key, method and `jti`. A proof always meets the same partition, because its bucket
-- comes out of its own `iat`; so the primary key is unique over all of them and exactly one of many replicas wins. Four
-- buckets of 128 s go round: what is accepted lies in two of them at most, and the one opposite is emptied meanwhile.
-- The partitions are not logged: a spent proof matters for a minute, and is not worth a flush. What a crash takes with
-- them, `dpop_memory` and `dpop_nonce` make good.
create table dpop_proof (
  bucket smallint not null,
  spent bytea not null,
  tenant uuid not null,
  primary key (bucket, spent)
) partition by list (bucket);
create unlogged table dpop_proof_0 partition of dpop_proof for values in (0);
create unlogged table dpop_proof_1 partition of dpop_proof for values in (1);
create unlogged table dpop_proof_2 partition of dpop_proof for values in (2);
create unlogged table dpop_proof_3 partition of dpop_proof for values in (3);

-- Since when spent proofs are remembered: one row, gone after a crash together with them, and then made anew. A proof
-- from before that moment may have been spent: it has to come again with a nonce, which is younger than the crash.
create unlogged table dpop_memory (
  one boolean primary key default true check (one),
  since timestamptz not null
);
-- Nothing was ever spent yet.
insert into dpop_memory (since) values ('-infinity');

-- Secrets of nonces, one for each three minutes. Not logged either: a crash that forgets spent proofs also voids every
-- nonce that is out.
create unlogged table dpop_nonce (
  slot bigint primary key,
  secret bytea not null
);

alter table dpop_proof enable row level security;
alter table dpop_proof force row level security;
create policy tenant_isolation on dpop_proof
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
alter table dpop_proof_0 enable row level security;
alter table dpop_proof_0 force row level security;
alter table dpop_proof_1 enable row level security;
alter table dpop_proof_1 force row level security;
alter table dpop_proof_2 enable row level security;
alter table dpop_proof_2 force row level security;
alter table dpop_proof_3 enable row level security;
alter table dpop_proof_3 force row level security;

grant select, insert on dpop_proof to cs_session;
grant select, insert on dpop_memory to cs_session;
grant select, insert on dpop_nonce to cs_session;

-- Nonce of a tenant in one slot of three minutes; the first who asks in a slot makes its secret.
create function dpop_nonce_of(p_tenant uuid, p_slot bigint) returns bytea
  language plpgsql as $$
declare
  v_secret bytea;
begin
  select secret into v_secret from dpop_nonce where slot = p_slot;
  if v_secret is null then
    insert into dpop_nonce (slot, secret)
      values (p_slot, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) on conflict do nothing;
    select secret into v_secret from dpop_nonce where slot = p_slot;
  end if;
  return substr(sha256(v_secret || uuid_send(p_tenant)), 1, 16);
end $$;

-- Since when spent proofs are remembered.
create function dpop_remembered_since() returns timestamptz
  language plpgsql as $$
declare
  v_since timestamptz;
begin
  select since into v_since from dpop_memory;
  if v_since is null then
    insert into dpop_memory (since) values (clock_timestamp()) on conflict do nothing;
    select since into v_since from dpop_memory;
  end if;
  return v_since;
end $$;

-- Spends a proof that verified: time, nonce and uniqueness are judged in one statement by the clock of this database.
-- 'spent now' is the only yes. `nonce` is the one for the next proof, null where nobody spoke of one.
create function dpop_spend(
  p_tenant uuid, p_spent bytea, p_issued_at timestamptz, p_nonce bytea, p_needs_nonce boolean, p_back integer,
  p_ahead integer) returns table (outcome text, nonce bytea)
  language plpgsql as $$
declare
  v_now timestamptz := clock_timestamp();
  v_slot bigint := floor(extract(epoch from v_now) / 180);
  v_ahead interval := make_interval(secs => p_ahead);
begin
  perform set_config('app.tenant', p_tenant::text, true);
  if p_nonce is not null or p_needs_nonce or p_issued_at <= dpop_remembered_since() + v_ahead then
    nonce := dpop_nonce_of(p_tenant, v_slot);
    if p_nonce is null or (p_nonce <> nonce and p_nonce <> dpop_nonce_of(p_tenant, v_slot - 1)) then
      outcome := 'nonce';
      return next;
      return;
    end if;
  end if;
  if p_issued_at < v_now - make_interval(secs => p_back) or p_issued_at > v_now + v_ahead then
    outcome := 'time';
    return next;
    return;
  end if;
  insert into dpop_proof (bucket, spent, tenant)
    values (floor(extract(epoch from p_issued_at) / 128)::bigint % 4, p_spent, p_tenant) on conflict do nothing;
  outcome := case when found then 'spent now' else 'spent before' end;
  return next;
end $$;

-- Empties the bucket opposite to this moment's, and forgets secrets whose nonces nobody accepts any more.
create function dpop_sweep() returns void
  language plpgsql security definer set search_path from current as $$
declare
  v_seconds bigint := floor(extract(epoch from clock_timestamp()));
  v_name text := 'dpop_proof_' || (v_seconds / 128 + 2) % 4;
begin
  if not pg_try_advisory_xact_lock(hashtext('session dpop_sweep')) then
    return;
  end if;
  delete from dpop_nonce where slot < v_seconds / 180 - 1;
  if pg_relation_size(v_name::regclass) > 0 then
    execute format('truncate %I', v_name);
  end if;
end $$;

-- Rotates a refresh token as `session_rotate` did, and binds: a session that has a key rotates for that key alone, one that
-- has none takes the key of the first refresh that brings one. Whoever retries with the same key and the token that was
-- replaced last, within `p_grace` seconds, is answered with the same successor (R6).
create function session_refresh(
  p_tenant uuid, p_id uuid, p_client text, p_family_hash bytea, p_refresh_hash bytea, p_next_hash bytea, p_jkt text,
  p_successor bytea, p_grace integer, p_inactivity integer, p_absolute integer)
  returns table (outcome text, found session)
  language plpgsql as $$
declare
  v_found session;
begin
  perform set_config('app.tenant', p_tenant::text, true);
  update session s
    set refresh_hash = p_next_hash, refreshed = s.refreshed + 1, jkt = p_jkt,
        replaced_hash = case when p_jkt is null then null else p_refresh_hash end,
        replaced_at = case when p_jkt is null then null else clock_timestamp() end,
        successor = case when p_jkt is null then null else p_successor end
    where s.id = p_id and s.client_id = p_client and s.family_hash = p_family_hash and s.refresh_hash = p_refresh_hash
      and (s.jkt is null or s.jkt = p_jkt) and session_state(s, p_inactivity, p_absolute) = 'live'
    returning s.* into v_found;
  if v_found.id is not null then
    return query select 'rotated', v_found;
    return;
  end if;
  select * into v_found from session s
    where s.id = p_id and s.client_id = p_client and s.family_hash = p_family_hash;
  return query select case
    when v_found.id is null then 'unknown'
    when session_state(v_found, p_inactivity, p_absolute) <> 'live' then 'ended'
    when v_found.refresh_hash = p_refresh_hash then 'bound'
    when v_found.jkt = p_jkt and v_found.replaced_hash = p_refresh_hash
      and v_found.replaced_at + make_interval(secs => p_grace) > clock_timestamp() then 'repeated'
    else 'reused' end, v_found;
end $$;

-- A replica of before this migration: it knows no keys, so it rotates for none.
create or replace function session_rotate(
  p_tenant uuid, p_id uuid, p_client text, p_family_hash bytea, p_refresh_hash bytea, p_next_hash bytea,
  p_inactivity integer, p_absolute integer) returns table (outcome text, found session)
  language plpgsql as $$
begin
  return query select case r.outcome when 'bound' then 'ended' else r.outcome end, r.found
    from session_refresh(p_tenant, p_id, p_client, p_family_hash, p_refresh_hash, p_next_hash, null, null, 0,
                         p_inactivity, p_absolute) r;
end $$;

-- Opens a session whose tokens may be bound to a key from the start. The one without `p_jkt` serves replicas of before
-- this migration.
create function session_establish(
  p_tenant uuid, p_id uuid, p_subject uuid, p_pseudonym text, p_client text, p_credential uuid, p_begun_at timestamptz,
  p_platform text, p_acr text, p_amr text[], p_auth_time bigint, p_cookie_hash bytea, p_family_hash bytea,
  p_refresh_hash bytea, p_event uuid, p_leaf bytea, p_sealed bytea, p_jkt text) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  if device_is_ended(p_tenant, p_credential, p_begun_at) then
    return false;
  end if;
  insert into session (id, tenant, subject, pseudonym, client_id, credential, begun_at, platform, acr, amr, auth_time,
                       cookie_hash, family_hash, refresh_hash, jkt)
    values (p_id, p_tenant, p_subject, p_pseudonym, p_client, p_credential, p_begun_at, p_platform, p_acr, p_amr,
            p_auth_time, p_cookie_hash, p_family_hash, p_refresh_hash, p_jkt);
  perform outbox_append(p_event, p_tenant, 'session.established', p_leaf, p_sealed);
  return true;
end $$;
