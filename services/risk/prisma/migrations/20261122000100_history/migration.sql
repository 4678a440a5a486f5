-- What risk remembers of a person, who is known to it by pseudonym only. Learned from events, read by one function.

-- On which operating system families each credential was seen.
create table sighting (
  tenant uuid not null,
  subject text not null,
  credential uuid not null,
  platform text not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  primary key (tenant, subject, credential, platform)
);

-- Sign-ins and refused attempts of the last hours, in a partition an hour: older ones are dropped with their partition.
create table happening (
  at timestamptz not null,
  event_id uuid not null,
  tenant uuid not null,
  subject text not null,
  kind text not null check (kind in ('sign-in', 'refused')),
  primary key (at, event_id)
) partition by range (at);
create index happening_of_subject on happening (tenant, subject, kind, at);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['sighting', 'happening'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('alter table %I force row level security', v_table);
    execute format($policy$
      create policy tenant_isolation on %I
        using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
        with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
    $policy$, v_table);
  end loop;
end $$;

grant select, insert, update on sighting to cs_risk;
grant select, insert on happening to cs_risk;

-- All that is known about one authentication, in one read. `p_kin` are the families akin to `p_platform`.
-- Counting stops at 100: no policy asks further, and a flood of attempts must not make its own assessment slow.
create function signals(p_tenant uuid, p_subject text, p_credential uuid, p_platform text, p_kin text[])
  returns table (seen_here boolean, seen_akin boolean, person_here boolean, failures integer, sign_ins integer)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query select
    exists (select from sighting s where s.tenant = p_tenant and s.subject = p_subject
             and s.credential = p_credential and s.platform = p_platform),
    exists (select from sighting s where s.tenant = p_tenant and s.subject = p_subject
             and s.credential = p_credential and s.platform = any(p_kin)),
    exists (select from sighting s where s.tenant = p_tenant and s.subject = p_subject and s.platform = p_platform),
    (select count(*)::int from (select from happening h where h.tenant = p_tenant and h.subject = p_subject
       and h.kind = 'refused' and h.at > clock_timestamp() - interval '1 hour' limit 100) f),
    (select count(*)::int from (select from happening h where h.tenant = p_tenant and h.subject = p_subject
       and h.kind = 'sign-in' and h.at > clock_timestamp() - interval '10 minutes' limit 100) v);
end $$;

-- Learns from a batch of events; a repetition changes nothing. What is older than any window, or dated ahead of it, is not
-- counted: a late event teaches about devices only.
create function learn(
  p_tenants uuid[], p_events uuid[], p_times timestamptz[], p_subjects text[], p_kinds text[], p_credentials uuid[],
  p_platforms text[]) returns void language plpgsql as $$
declare
  v_tenant uuid;
begin
  for v_tenant in select distinct t from unnest(p_tenants) t loop
    perform set_config('app.tenant', v_tenant::text, true);
    insert into sighting as s (tenant, subject, credential, platform, first_seen, last_seen)
      select v_tenant, e.subject, e.credential, e.platform, min(e.at), max(e.at)
        from unnest(p_tenants, p_times, p_subjects, p_credentials, p_platforms) e(tenant, at, subject, credential, platform)
       where e.tenant = v_tenant and e.credential is not null and e.platform is not null
       group by e.subject, e.credential, e.platform
      on conflict (tenant, subject, credential, platform) do update
        set first_seen = least(s.first_seen, excluded.first_seen), last_seen = greatest(s.last_seen, excluded.last_seen)
        -- To the hour: what is asked is whether, and once a year whether at all.
        where excluded.first_seen < s.first_seen or excluded.last_seen > s.last_seen + interval '1 hour';
    insert into happening (at, event_id, tenant, subject, kind)
      select e.at, e.event, v_tenant, e.subject, e.kind
        from unnest(p_tenants, p_events, p_times, p_subjects, p_kinds) e(tenant, event, at, subject, kind)
       where e.tenant = v_tenant and e.kind is not null
         and e.at > clock_timestamp() - interval '1 hour' and e.at < clock_timestamp() + interval '5 minutes'
      on conflict do nothing;
  end loop;
end $$;

-- Makes the partitions from two hours ago to three ahead, and drops what no window reaches any more.
create function happening_maintain() returns void
  language plpgsql security definer set search_path from current as $$
declare
  v_hour timestamptz;
  v_name text;
begin
  perform pg_advisory_xact_lock(hashtext('risk happening_maintain'));
  for i in -2..3 loop
    v_hour := date_trunc('hour', clock_timestamp(), 'UTC') + i * interval '1 hour';
    v_name := 'happening_' || to_char(v_hour at time zone 'UTC', 'YYYYMMDDHH24');
    if to_regclass(v_name) is null then
      execute format('create table %I partition of happening for values from (%L) to (%L)', v_name, v_hour, v_hour + interval '1 hour');
      execute format('alter table %I enable row level security', v_name);
      execute format('alter table %I force row level security', v_name);
    end if;
  end loop;
  for v_name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'happening'::regclass
      and to_timestamp(substr(c.relname, 11), 'YYYYMMDDHH24') at time zone 'UTC'
          < (clock_timestamp() at time zone 'UTC') - interval '4 hours'
  loop
    execute format('drop table %I', v_name);
  end loop;
end $$;

select happening_maintain();

-- Forgets devices that were not seen for 400 days, of all tenants; only the owner may, through this function.
create policy sweeper_sees on sighting for select to current_user using (true);
create policy sweeper on sighting for delete to current_user using (true);
create function sighting_sweep() returns void
  language sql security definer set search_path from current as $$
  delete from sighting where last_seen < clock_timestamp() - interval '400 days'
$$;
