-- The FIDO metadata that was accepted last: what decisions are made by, without icons. It concerns no tenant.
create table metadata_blob (
  id smallint primary key default 1 check (id = 1),
  no bigint not null check (no > 0),
  next_update date not null,
  digest text not null,
  document text not null,
  accepted_at timestamptz not null default clock_timestamp()
);

-- When the source is looked at next, and how it went. Who moves `due_at` has the turn.
create table metadata_refresh (
  only_row boolean primary key default true check (only_row),
  due_at timestamptz not null default '-infinity',
  checked_at timestamptz,
  failure text not null default ''
);
insert into metadata_refresh default values;

grant select, insert, update on metadata_blob to cs_enrollment;
grant select, update on metadata_refresh to cs_enrollment;

-- Of models without an AAGUID: SHA-1 of the public key in the attestation certificate, hex, by which metadata names them.
alter table credential add column attestation_key text not null default '';
-- Which models a tenant has, and the devices of one: devices are judged by model.
create index credential_model on credential (tenant, aaguid, attestation_key, attestation_trust, id);

-- How far a tenant's devices have been judged, and who is at it. Metadata, policy and day only go forward: who knows less
-- than the last judge leaves it to others. While somebody is at it there is no fingerprint: what is half done is done again.
create table metadata_judgement (
  tenant uuid primary key,
  fingerprint text not null default '',
  no bigint not null default 0,
  snapshot_version integer not null default 0,
  judged_on date not null default '-infinity',
  holder uuid,
  until timestamptz not null default '-infinity',
  judged_at timestamptz
);

-- Devices whose model is condemned, why, and what was done.
create table device_finding (
  tenant uuid not null,
  credential uuid not null references credential (id),
  code text not null,
  detail text not null,
  action text not null check (action in ('suspended', 'flagged', 'listed')),
  metadata_no bigint not null,
  found_at timestamptz not null default clock_timestamp(),
  primary key (tenant, credential)
);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['metadata_judgement', 'device_finding'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('alter table %I force row level security', v_table);
    execute format($policy$
      create policy tenant_isolation on %I
        using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
        with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
    $policy$, v_table);
  end loop;
end $$;

grant select, insert, update on metadata_judgement to cs_enrollment;
grant select, insert, update, delete on device_finding to cs_enrollment;

-- Takes the turn to look at the source; unless told how it went, it is another's turn when the time is over.
create function metadata_claim(p_seconds integer) returns boolean
  language plpgsql as $$
begin
  update metadata_refresh set due_at = clock_timestamp() + make_interval(secs => p_seconds)
   where due_at <= clock_timestamp();
  return found;
end $$;

-- How it went; an empty failure is success.
create function metadata_checked(p_failure text, p_due_seconds integer) returns void
  language sql as $$
  update metadata_refresh
     set failure = p_failure, due_at = clock_timestamp() + make_interval(secs => p_due_seconds),
         checked_at = case when p_failure = '' then clock_timestamp() else checked_at end
$$;

-- Keeps a BLOB that is newer than the one held: of several replicas with different ones the highest number stays.
create function metadata_store(p_no bigint, p_next_update date, p_digest text, p_document text) returns boolean
  language plpgsql as $$
begin
  insert into metadata_blob as held (no, next_update, digest, document)
    values (p_no, p_next_update, p_digest, p_document)
    on conflict (id) do update
      set no = p_no, next_update = p_next_update, digest = p_digest, document = p_document, accepted_at = clock_timestamp()
      where held.no < p_no;
  return found;
end $$;

-- Every tenant's finished judgement: read once when a process starts. Work of no single tenant, so it is the owner's.
create policy worker on metadata_judgement to current_user using (true);
create function metadata_judged() returns table (tenant uuid, fingerprint text)
  language sql security definer set search_path from current as $$
  select j.tenant, j.fingerprint from metadata_judgement j
$$;

-- Takes the turn to judge a tenant's devices. `claimed`, or why not: `done` with one of these fingerprints, `behind` somebody
-- who knew more, `busy`.
create function metadata_judgement_claim(
  p_tenant uuid, p_fingerprints text[], p_no bigint, p_version integer, p_day date, p_holder uuid, p_seconds integer)
  returns text language plpgsql as $$
declare
  v_row metadata_judgement;
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into metadata_judgement (tenant) values (p_tenant) on conflict do nothing;
  select * into strict v_row from metadata_judgement j where j.tenant = p_tenant for update;
  if v_row.fingerprint = any (p_fingerprints) then return 'done'; end if;
  if v_row.no > p_no or v_row.snapshot_version > p_version or v_row.judged_on > p_day then return 'behind'; end if;
  if v_row.until > clock_timestamp() and v_row.holder <> p_holder then return 'busy'; end if;
  update metadata_judgement j
     set holder = p_holder, until = clock_timestamp() + make_interval(secs => p_seconds), fingerprint = '',
         no = p_no, snapshot_version = p_version, judged_on = p_day
   where j.tenant = p_tenant;
  return 'claimed';
end $$;

-- Whether the turn is still the holder's; then it lasts so much longer. Row locks keep a successor waiting until the end of
-- the transaction that asked.
create function metadata_judgement_hold(p_tenant uuid, p_holder uuid, p_seconds integer) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  update metadata_judgement j set until = clock_timestamp() + make_interval(secs => p_seconds)
   where j.tenant = p_tenant and j.holder = p_holder and j.until > clock_timestamp();
  return found;
end $$;

create function metadata_judgement_done(p_tenant uuid, p_holder uuid, p_fingerprint text) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  update metadata_judgement j
     set fingerprint = p_fingerprint, holder = null, until = '-infinity', judged_at = clock_timestamp()
   where j.tenant = p_tenant and j.holder = p_holder and j.until > clock_timestamp();
  return found;
end $$;

-- Which models a tenant has, a page at a time. Each step finds the next one in the index, however many devices there are of
-- the one before.
create function metadata_models(p_tenant uuid, p_aaguid uuid, p_key text, p_trust text, p_limit integer)
  returns table (aaguid uuid, attestation_key text, attestation_trust text)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    with recursive model (aaguid, key, trust) as (
      (select c.aaguid, c.attestation_key, c.attestation_trust from credential c
        where c.tenant = p_tenant and (c.aaguid, c.attestation_key, c.attestation_trust) > (p_aaguid, p_key, p_trust)
        order by c.aaguid, c.attestation_key, c.attestation_trust limit 1)
      union all
      select n.* from model m cross join lateral (
        select c.aaguid, c.attestation_key, c.attestation_trust from credential c
         where c.tenant = p_tenant and (c.aaguid, c.attestation_key, c.attestation_trust) > (m.aaguid, m.key, m.trust)
         order by c.aaguid, c.attestation_key, c.attestation_trust limit 1) n)
    select m.aaguid, m.key, m.trust from model m limit p_limit;
end $$;

-- The devices of one model, a page at a time, with what is on record about each.
create function metadata_devices(
  p_tenant uuid, p_aaguid uuid, p_key text, p_trust text, p_after uuid, p_limit integer)
  returns table (id uuid, pseudonym text, state text, state_reason text, code text, detail text, action text)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.id, s.pseudonym, c.state, c.state_reason, f.code, f.detail, f.action
      from credential c
      join subject s on s.tenant = c.tenant and s.id = c.subject
      left join device_finding f on f.tenant = c.tenant and f.credential = c.id
     where c.tenant = p_tenant and c.aaguid = p_aaguid and c.attestation_key = p_key
       and c.attestation_trust = p_trust and c.id > p_after and c.state <> 'revoked'
     order by c.id limit p_limit;
end $$;

-- Writes one batch of findings with what follows from them, in one transaction: states, events, and sessions to be ended.
-- Each event is written only if its change was made, so that a batch can be repeated.
-- @returns changed devices, or null when the turn was lost
create function metadata_condemn(
  p_tenant uuid, p_holder uuid, p_seconds integer, p_no bigint, p_code text, p_detail text, p_action text,
  p_devices uuid[], p_events uuid[], p_types text[], p_leaves bytea[])
  returns integer language plpgsql as $$
declare
  v_changed boolean;
  v_count integer := 0;
begin
  if not metadata_judgement_hold(p_tenant, p_holder, p_seconds) then return null; end if;
  for i in 1 .. cardinality(p_devices) loop
    insert into device_finding as held (tenant, credential, code, detail, action, metadata_no)
      values (p_tenant, p_devices[i], p_code, p_detail, p_action, p_no)
      on conflict (tenant, credential) do update
        set code = p_code, detail = p_detail, action = p_action, metadata_no = p_no, found_at = clock_timestamp()
        where (held.code, held.detail, held.action) is distinct from (p_code, p_detail, p_action);
    v_changed := found;
    if p_action = 'suspended' then
      update credential c set state = 'suspended', state_reason = 'metadata'
       where c.tenant = p_tenant and c.id = p_devices[i]
         and (c.state = 'active' or (c.state = 'suspended' and c.state_reason = 'person'));
      v_changed := found;
      if v_changed then
        insert into device_ending (id, tenant, credential, reason, due_at)
          values (gen_random_uuid(), p_tenant, p_devices[i], 'suspended', clock_timestamp());
      end if;
    end if;
    if v_changed and p_action <> 'listed' then
      perform outbox_append(p_events[i], p_tenant, p_types[i], p_leaves[i]);
    end if;
    v_count := v_count + v_changed::integer;
  end loop;
  return v_count;
end $$;

-- Findings of a tenant by device, a page at a time; those of removed devices are shown to the judge only.
create function device_findings(p_tenant uuid, p_after uuid, p_limit integer, p_revoked boolean)
  returns table (
    id uuid, subject uuid, aaguid uuid, attestation_key text, attestation_trust text, state text, code text, detail text,
    action text, metadata_no bigint, found_at timestamptz)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.id, c.subject, c.aaguid, c.attestation_key, c.attestation_trust, c.state, f.code, f.detail, f.action,
           f.metadata_no, f.found_at
      from device_finding f join credential c on c.id = f.credential and c.tenant = f.tenant
     where f.tenant = p_tenant and f.credential > p_after and (p_revoked or c.state <> 'revoked')
     order by f.credential limit p_limit;
end $$;

-- Forgets findings that no longer hold. @returns false when the turn was lost
create function metadata_acquit(p_tenant uuid, p_holder uuid, p_seconds integer, p_devices uuid[]) returns boolean
  language plpgsql as $$
begin
  if not metadata_judgement_hold(p_tenant, p_holder, p_seconds) then return false; end if;
  delete from device_finding f where f.tenant = p_tenant and f.credential = any (p_devices);
  return true;
end $$;
