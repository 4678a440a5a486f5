-- Keys that seal challenges, each wrapped by the key store. They concern no tenant and hold nothing in clear.
create table sealing_key (
  id uuid primary key,
  wrapped bytea not null,
  created_at timestamptz not null default clock_timestamp()
);

-- Spent challenges, in one partition an hour of expiry. The bucket comes from the seal, so a challenge always meets the
-- same partition and the primary key is unique over all of them.
create table spent (
  bucket timestamptz not null,
  id bytea not null,
  tenant uuid not null,
  primary key (bucket, id)
) partition by range (bucket);

alter table spent enable row level security;
alter table spent force row level security;
create policy tenant_isolation on spent
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);

grant select, insert on sealing_key to cs_challenge;
grant select, insert on spent to cs_challenge;

-- Spends a challenge. Tenant, expiry and uniqueness are judged in one statement and one commit.
create function spend(p_tenant uuid, p_id bytea, p_expires_at timestamptz) returns text
  language plpgsql as $$
begin
  if p_expires_at <= clock_timestamp() then
    return 'expired';
  end if;
  perform set_config('app.tenant', p_tenant::text, true);
  insert into spent (bucket, id, tenant) values (date_trunc('hour', p_expires_at, 'UTC'), p_id, p_tenant)
    on conflict do nothing;
  return case when found then 'spent now' else 'spent before' end;
end $$;

-- Makes the partitions of this hour and the next three, and drops those whose challenges have all expired.
create function spent_maintain() returns void
  language plpgsql security definer set search_path from current as $$
declare
  v_hour timestamptz;
  v_name text;
begin
  perform pg_advisory_xact_lock(hashtext('challenge spent_maintain'));
  for i in 0..3 loop
    v_hour := date_trunc('hour', clock_timestamp(), 'UTC') + i * interval '1 hour';
    v_name := 'spent_' || to_char(v_hour at time zone 'UTC', 'YYYYMMDDHH24');
    if to_regclass(v_name) is null then
      execute format('create table %I partition of spent for values from (%L) to (%L)', v_name, v_hour, v_hour + interval '1 hour');
      execute format('alter table %I enable row level security', v_name);
      execute format('alter table %I force row level security', v_name);
    end if;
  end loop;
  for v_name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'spent'::regclass
      and c.relname < 'spent_' || to_char(clock_timestamp() at time zone 'UTC' - interval '2 hours', 'YYYYMMDDHH24')
  loop
    execute format('drop table %I', v_name);
  end loop;
end $$;

select spent_maintain();

-- Adds a sealing key unless the newest is younger than `p_rotate_after`: of several replicas one wins.
create function sealing_key_add(p_id uuid, p_wrapped bytea, p_rotate_after interval) returns void
  language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('challenge sealing_key_add'));
  insert into sealing_key (id, wrapped)
    select p_id, p_wrapped
    where not exists (select 1 from sealing_key where created_at > clock_timestamp() - p_rotate_after);
end $$;
