-- What happened to a person of late moves from a row per event, in partitions an hour, to one row per person: the read of an
-- assessment opened a dozen partitions and indexes to count a handful of events, which was a quarter of what a sign-in cost.

-- The newest 100 refused authentications and sign-ins of the last hour, as event ids: a UUIDv7 tells its time (RFC 9562
-- §5.7), and an event that comes twice is in the list once. No policy asks further than 100.
create table recent (
  tenant uuid not null,
  subject text not null,
  refused uuid[] not null,
  sign_ins uuid[] not null,
  -- To the day, so that its index hardly ever moves.
  last_day date not null,
  primary key (tenant, subject)
) with (fillfactor = 70);
create index recent_last_day on recent (last_day);
create index sighting_last_seen on sighting (last_seen);

alter table recent enable row level security;
alter table recent force row level security;
create policy tenant_isolation on recent
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
grant select, insert, update on recent to cs_risk;

drop function signals(uuid, text, uuid, text, text[]);
drop function learn(uuid[], uuid[], timestamptz[], text[], text[], uuid[], text[]);
drop function happening_maintain();
drop function sighting_sweep();
drop table happening;

-- All that is known about one authentication, in one read. `p_kin` are the families akin to `p_platform`.
create function signals(p_tenant uuid, p_subject text, p_credential uuid, p_platform text, p_kin text[])
  returns table (seen_here boolean, seen_akin boolean, person_here boolean, refused uuid[], sign_ins uuid[])
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  select coalesce(bool_or(s.credential = p_credential and s.platform = p_platform), false),
         coalesce(bool_or(s.credential = p_credential and s.platform = any (p_kin)), false),
         coalesce(bool_or(s.platform = p_platform), false)
    into seen_here, seen_akin, person_here
    from sighting s where s.tenant = p_tenant and s.subject = p_subject;
  select r.refused, r.sign_ins into refused, sign_ins from recent r where r.tenant = p_tenant and r.subject = p_subject;
  return next;
end $$;

-- The newest 100 of both lists that are not older than `p_since`.
create function recent_merge(p_held uuid[], p_new uuid[], p_since uuid) returns uuid[] language sql immutable as $$
  select coalesce(array_agg(e), '{}') from (
    select distinct e from unnest(p_held || p_new) e where e >= p_since order by e desc limit 100) newest
$$;

-- Learns from a batch of events; a repetition changes nothing. What lies outside `p_since` and `p_until`, the ids of an hour
-- ago and of a little ahead, is not counted: a late event teaches about devices only.
create function learn(
  p_tenants uuid[], p_events uuid[], p_times timestamptz[], p_subjects text[], p_kinds text[], p_credentials uuid[],
  p_platforms text[], p_since uuid, p_until uuid) returns void language plpgsql as $$
declare
  v_tenant uuid;
begin
  for v_tenant in select distinct t from unnest(p_tenants) t loop
    perform set_config('app.tenant', v_tenant::text, true);
    -- To the hour: what is asked is whether, and once a year whether at all. What would change nothing is not tried, because
    -- a conflict locks its row even then.
    insert into sighting as s (tenant, subject, credential, platform, first_seen, last_seen)
      select v_tenant, e.subject, e.credential, e.platform, min(e.at), max(e.at)
        from unnest(p_tenants, p_times, p_subjects, p_credentials, p_platforms) e(tenant, at, subject, credential, platform)
       where e.tenant = v_tenant and e.credential is not null and e.platform is not null
         and not exists (
           select from sighting k
            where k.tenant = v_tenant and k.subject = e.subject and k.credential = e.credential and k.platform = e.platform
              and e.at between k.first_seen and k.last_seen + interval '1 hour')
       group by e.subject, e.credential, e.platform
      on conflict (tenant, subject, credential, platform) do update
        set first_seen = least(s.first_seen, excluded.first_seen), last_seen = greatest(s.last_seen, excluded.last_seen);
    insert into recent as r (tenant, subject, refused, sign_ins, last_day)
      select v_tenant, e.subject,
             recent_merge('{}', array_agg(e.event) filter (where e.kind = 'refused'), p_since),
             recent_merge('{}', array_agg(e.event) filter (where e.kind = 'sign-in'), p_since),
             (clock_timestamp() at time zone 'UTC')::date
        from unnest(p_tenants, p_events, p_subjects, p_kinds) e(tenant, event, subject, kind)
       where e.tenant = v_tenant and e.kind is not null and e.event >= p_since and e.event < p_until
       group by e.subject
      on conflict (tenant, subject) do update
        set refused = recent_merge(r.refused, excluded.refused, p_since),
            sign_ins = recent_merge(r.sign_ins, excluded.sign_ins, p_since),
            last_day = excluded.last_day;
  end loop;
end $$;

-- Forgets what lies behind every window, and devices that were not seen for 400 days, of all tenants, a batch at a time;
-- only the owner may, through this function.
create policy sweeper_sees on recent for select to current_user using (true);
create policy sweeper on recent for delete to current_user using (true);
create function history_sweep() returns void
  language sql security definer set search_path from current as $$
  delete from recent where (tenant, subject) in (
    select tenant, subject from recent where last_day < (clock_timestamp() at time zone 'UTC')::date - 1
     order by last_day limit 10000);
  delete from sighting where (tenant, subject, credential, platform) in (
    select tenant, subject, credential, platform from sighting where last_seen < clock_timestamp() - interval '400 days'
     order by last_seen limit 10000);
$$;
