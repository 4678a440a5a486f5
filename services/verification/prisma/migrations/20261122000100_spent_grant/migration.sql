-- Grants that were redeemed, in one partition an hour of expiry. The bucket comes from the signed grant, so a grant always
-- meets the same partition and the primary key is unique over all of them.
create table spent_grant (
  bucket timestamptz not null,
  jti uuid not null,
  tenant uuid not null,
  primary key (bucket, jti)
) partition by range (bucket);

alter table spent_grant enable row level security;
alter table spent_grant force row level security;
create policy tenant_isolation on spent_grant
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);

grant select, insert on spent_grant to cs_verification;

-- Redeems a grant with its event. Tenant, expiry and uniqueness are judged in one statement and one commit: of any number
-- of callers with the same grant one is told 'redeemed'.
create function redeem_grant(p_tenant uuid, p_jti uuid, p_expires_at timestamptz, p_event uuid, p_leaf bytea)
  returns text language plpgsql as $$
begin
  if p_expires_at <= clock_timestamp() then
    return 'expired';
  end if;
  perform set_config('app.tenant', p_tenant::text, true);
  insert into spent_grant (bucket, jti, tenant) values (date_trunc('hour', p_expires_at, 'UTC'), p_jti, p_tenant)
    on conflict do nothing;
  if not found then
    return 'spent';
  end if;
  perform outbox_append(p_event, p_tenant, 'grant.redeemed', p_leaf, null);
  return 'redeemed';
end $$;

-- Makes the partitions of this hour and the next three, and drops those whose grants have all expired.
create function spent_grant_maintain() returns void
  language plpgsql security definer set search_path from current as $$
declare
  v_hour timestamptz;
  v_name text;
begin
  perform pg_advisory_xact_lock(hashtext('verification spent_grant_maintain'));
  for i in 0..3 loop
    v_hour := date_trunc('hour', clock_timestamp(), 'UTC') + i * interval '1 hour';
    v_name := 'spent_grant_' || to_char(v_hour at time zone 'UTC', 'YYYYMMDDHH24');
    if to_regclass(v_name) is null then
      execute format('create table %I partition of spent_grant for values from (%L) to (%L)', v_name, v_hour, v_hour + interval '1 hour');
      execute format('alter table %I enable row level security', v_name);
      execute format('alter table %I force row level security', v_name);
    end if;
  end loop;
  for v_name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'spent_grant'::regclass
      and to_timestamp(substr(c.relname, 13), 'YYYYMMDDHH24') at time zone 'UTC'
          < (clock_timestamp() at time zone 'UTC') - interval '2 hours'
  loop
    execute format('drop table %I', v_name);
  end loop;
end $$;

select spent_grant_maintain();
