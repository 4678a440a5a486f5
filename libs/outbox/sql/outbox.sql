-- The outbox of one service: events commit in the transaction of the change and wait here for the bus.
-- Partitioned by day of the event id (UUIDv7 begins with the time), so that the key is unique over all partitions.
create table outbox (
  id bigint generated always as identity,
  event_id uuid primary key,
  tenant uuid not null,
  type text not null,
  leaf bytea not null,
  sealed bytea,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz
) partition by range (event_id);
-- Unsent rows in the order of their numbers; never a cursor on the number itself (numbers are given before commit).
create index outbox_unsent on outbox (id) where sent_at is null;

alter table outbox enable row level security;
alter table outbox force row level security;
create policy tenant_isolation on outbox
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);

-- Appends one event. To be called with the tenant set, inside the transaction of the change.
create function outbox_append(p_event_id uuid, p_tenant uuid, p_type text, p_leaf bytea, p_sealed bytea) returns void
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into outbox (event_id, tenant, type, leaf, sealed) values (p_event_id, p_tenant, p_type, p_leaf, p_sealed);
end $$;
