-- The log of each tenant: one per half-year, in the order of arrival, without gaps (leaf v1: docs/protocols/leaf-v1.md).
create table log_head (
  tenant uuid not null,
  log text not null,
  next_index bigint not null default 0,
  primary key (tenant, log)
);

-- One row a leaf, in one partition a month of the event id (UUIDv7 begins with the time): an event is in the log once, ever.
create table leaf (
  event_id uuid primary key,
  tenant uuid not null,
  log text not null,
  index bigint not null,
  source text not null,
  type text not null,
  time timestamptz not null,
  outcome text not null,
  subject text,
  credential text,
  session text,
  request text,
  leaf bytea not null,
  ingested_at timestamptz not null default clock_timestamp()
) partition by range (event_id);
create index leaf_order on leaf (tenant, log, index);
create index leaf_time on leaf (tenant, time);
create index leaf_type on leaf (tenant, type, log, index);
create index leaf_subject on leaf (tenant, subject, log, index) where subject is not null;
create index leaf_credential on leaf (tenant, credential) where credential is not null;
create index leaf_session on leaf (tenant, session) where session is not null;
create index leaf_request on leaf (tenant, request);

-- Sealed personal values beside the leaf; erasing a person destroys the key that opens them.
create table details (
  event_id uuid primary key,
  tenant uuid not null,
  sealed bytea not null
) partition by range (event_id);

-- What could not be read, byte for byte, so that nothing is lost and nothing holds up the rest. It belongs to no tenant:
-- the tenant it names may be false.
create table quarantine (
  topic text not null,
  "offset" bigint not null,
  event_id uuid,
  reason text not null,
  leaf bytea not null,
  at timestamptz not null default clock_timestamp(),
  primary key (topic, "offset")
);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['log_head', 'leaf', 'details'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('alter table %I force row level security', v_table);
    execute format(
      'create policy tenant_isolation on %I
         using (tenant = nullif(current_setting(''app.tenant'', true), '''')::uuid)
         with check (tenant = nullif(current_setting(''app.tenant'', true), '''')::uuid)', v_table);
  end loop;
end $$;
create policy known on leaf for select to current_user using (true);

grant select, insert, update on log_head to cs_audit;
grant select, insert on leaf to cs_audit;
grant select, insert on details to cs_audit;
grant insert on quarantine to cs_audit;

-- Which of these events are in a log already, whosever it is, and the digest of what is there.
create function known(p_event_ids uuid[]) returns table (event_id uuid, tenant uuid, digest bytea)
  language sql stable security definer set search_path from current
  as $$ select l.event_id, l.tenant, sha256(l.leaf) from leaf l where l.event_id = any (p_event_ids) $$;

-- Appends new leaves of one tenant with consecutive indexes. The row of the log's head is the lock.
create function append(p_tenant uuid, p_log text, p_leaves jsonb, p_bytes bytea[], p_sealed bytea[]) returns void
  language plpgsql as $$
declare
  v_next bigint;
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into log_head (tenant, log) values (p_tenant, p_log) on conflict do nothing;
  select next_index into v_next from log_head where tenant = p_tenant and log = p_log for update;
  insert into leaf (event_id, tenant, log, index, source, type, time, outcome, subject, credential, session, request, leaf)
    select g.event_id, p_tenant, p_log, v_next + n - 1, g.source, g.type, g.time, g.outcome,
           nullif(g.subject, ''), nullif(g.credential, ''), nullif(g.session, ''), nullif(g.request, ''), p_bytes[n]
    from rows from (
      jsonb_to_recordset(p_leaves) as (event_id uuid, source text, type text, time timestamptz, outcome text,
                                       subject text, credential text, session text, request text)
    ) with ordinality as g(event_id, source, type, time, outcome, subject, credential, session, request, n);
  insert into details (event_id, tenant, sealed)
    select (p_leaves -> (n::int - 1) ->> 'event_id')::uuid, p_tenant, s
    from unnest(p_sealed) with ordinality as g(s, n) where s is not null;
  update log_head set next_index = v_next + jsonb_array_length(p_leaves) where tenant = p_tenant and log = p_log;
end $$;

-- The least UUIDv7 of an instant.
create function uuid_at(p_at timestamptz) returns uuid language sql immutable
  as $$ select (lpad(to_hex((extract(epoch from p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

-- Makes the partitions of last month, this one and the next two.
create function log_maintain() returns void
  language plpgsql security definer set search_path from current as $$
declare
  v_month timestamptz;
  v_table text;
  v_name text;
begin
  perform pg_advisory_xact_lock(hashtext('audit log_maintain'));
  for i in -1..2 loop
    v_month := date_trunc('month', clock_timestamp(), 'UTC') + i * interval '1 month';
    foreach v_table in array array['leaf', 'details'] loop
      v_name := v_table || '_' || to_char(v_month at time zone 'UTC', 'YYYYMM');
      if to_regclass(v_name) is null then
        execute format('create table %I partition of %I for values from (%L) to (%L)',
          v_name, v_table, uuid_at(v_month), uuid_at(v_month + interval '1 month'));
        execute format('alter table %I enable row level security', v_name);
        execute format('alter table %I force row level security', v_name);
      end if;
    end loop;
  end loop;
end $$;

select log_maintain();
