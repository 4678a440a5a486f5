-- The outbox: what this service says happened, committed with what happened. The same text in every service; a test
-- compares the copies with libs/outbox/sql/outbox.sql. Roles follow from the schema's name.

create table outbox (
  id bigint generated always as identity,
  event_id uuid not null,
  tenant uuid not null,
  type text not null,
  leaf bytea not null check (octet_length(leaf) between 1 and 65535),
  sealed bytea,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  primary key (event_id)
) partition by range (event_id);

-- For an id whose time lies outside the days there are: an event is never refused for want of a partition.
create table outbox_other partition of outbox default;

create index outbox_unsent on outbox (id) where sent_at is null;

alter table outbox enable row level security;
alter table outbox force row level security;
create policy tenant_isolation on outbox
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);

-- One relay at a time. A row and not an advisory lock, so that a connection pooler does not break it.
create table outbox_lease (
  only_row boolean primary key default true check (only_row),
  holder uuid,
  until timestamptz not null default '-infinity'
);
insert into outbox_lease default values;

-- First id of a day (UTC): a UUIDv7 begins with the milliseconds since 1970 (RFC 9562 §5.7).
create function outbox_day_start(p_day date) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from p_day) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Appends one event in the transaction of the change. Callable alone, or with `perform` from a function that changes
-- state, which then costs one round trip together.
create function outbox_append(p_event_id uuid, p_tenant uuid, p_type text, p_leaf bytea, p_sealed bytea default null)
returns void language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into outbox (event_id, tenant, type, leaf, sealed) values (p_event_id, p_tenant, p_type, p_leaf, p_sealed);
end $$;

-- Makes the partitions from yesterday to a week ahead and drops those older than 7 days in which everything was sent.
-- Runs as the owner, whom a policy lets see all rows.
create function outbox_maintain() returns void language plpgsql security definer as $$
declare
  v_today date := (now() at time zone 'utc')::date;
  v_day date;
  v_old regclass;
  v_unsent boolean;
begin
  for v_day in select v_today + d from generate_series(-1, 7) d loop
    begin
      execute format('create table if not exists %I partition of outbox for values from (%L) to (%L)',
        'outbox_' || to_char(v_day, 'YYYYMMDD'), outbox_day_start(v_day), outbox_day_start(v_day + 1));
    exception when check_violation then
      raise warning 'events of % are in outbox_other already and stay there', v_day;
    end;
  end loop;
  for v_old in
    select inhrelid::regclass from pg_inherits join pg_class c on c.oid = inhrelid
     where inhparent = 'outbox'::regclass and c.relname ~ '^outbox_\d{8}$'
       and c.relname < 'outbox_' || to_char(v_today - 7, 'YYYYMMDD')
  loop
    execute format('select exists (select from %s where sent_at is null)', v_old) into v_unsent;
    if not v_unsent then execute format('drop table %s', v_old); end if;
  end loop;
end $$;

do $$
declare
  v_schema text := current_schema();
  v_app text := 'cs_' || current_schema();
  v_relay text := 'cs_' || current_schema() || '_relay';
  v_owner text := 'cs_' || current_schema() || '_owner';
begin
  execute format('create policy relay on outbox to %I, %I using (true) with check (true)', v_relay, v_owner);
  execute format('grant select, insert on outbox to %I', v_app);
  execute format('grant select, update (sent_at) on outbox to %I', v_relay);
  execute format('grant select, update (holder, until) on outbox_lease to %I', v_relay);
  execute format('alter function outbox_maintain() set search_path = %I, pg_temp', v_schema);
  execute format('revoke execute on function outbox_maintain() from %I', v_app);
  execute format('grant execute on function outbox_maintain() to %I', v_relay);
end $$;

select outbox_maintain();
