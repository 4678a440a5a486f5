-- The last signed configuration of each tenant, so that this service starts while the control plane is down (R32).
create table snapshot (
  tenant uuid primary key,
  version integer not null,
  sequence bigint not null,
  jws text not null
);
alter table snapshot enable row level security;
alter table snapshot force row level security;
create policy tenant_isolation on snapshot
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
-- Loading at start reads every tenant's row; only this function may.
create policy loader on snapshot for select to current_user using (true);
create function snapshot_load() returns table (tenant uuid, version integer, sequence bigint, jws text)
  language sql stable security definer set search_path from current
  as $$ select tenant, version, sequence, jws from snapshot order by sequence $$;
-- An older version never replaces a newer one; the row count is the verdict.
create function snapshot_store(p_tenant uuid, p_version integer, p_sequence bigint, p_jws text) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into snapshot as held (tenant, version, sequence, jws) values (p_tenant, p_version, p_sequence, p_jws)
    on conflict (tenant) do update set version = p_version, sequence = p_sequence, jws = p_jws
    where held.version < p_version;
  return found;
end $$;
do $$ begin
  execute format('grant select, insert, update on snapshot to %I', 'cs_' || current_schema());
end $$;
