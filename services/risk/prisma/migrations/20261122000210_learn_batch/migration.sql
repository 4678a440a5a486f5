-- A batch teaches about all its tenants at once, as it goes into the log: with a thousand tenants nearly every event of a
-- batch is another tenant's. The function runs as the owner, and is now the only way to write what risk remembers.
create policy learner on sighting to current_user using (true) with check (true);
create policy learner on recent to current_user using (true) with check (true);
revoke insert, update on sighting, recent from cs_risk;

-- Learns from a batch of events; a repetition changes nothing. What lies outside `p_since` and `p_until`, the ids of an hour
-- ago and of a little ahead, is not counted: a late event teaches about devices only.
create or replace function learn(
  p_tenants uuid[], p_events uuid[], p_times timestamptz[], p_subjects text[], p_kinds text[], p_credentials uuid[],
  p_platforms text[], p_since uuid, p_until uuid) returns void
  language plpgsql security definer set search_path = risk, pg_temp as $$
begin
  -- To the hour: what is asked is whether, and once a year whether at all. What would change nothing is not tried, because
  -- a conflict locks its row even then.
  insert into sighting as s (tenant, subject, credential, platform, first_seen, last_seen)
    select e.tenant, e.subject, e.credential, e.platform, min(e.at), max(e.at)
      from unnest(p_tenants, p_times, p_subjects, p_credentials, p_platforms) e(tenant, at, subject, credential, platform)
     where e.credential is not null and e.platform is not null
       and not exists (
         select from sighting k
          where k.tenant = e.tenant and k.subject = e.subject and k.credential = e.credential and k.platform = e.platform
            and e.at between k.first_seen and k.last_seen + interval '1 hour')
     group by e.tenant, e.subject, e.credential, e.platform
    on conflict (tenant, subject, credential, platform) do update
      set first_seen = least(s.first_seen, excluded.first_seen), last_seen = greatest(s.last_seen, excluded.last_seen);
  insert into recent as r (tenant, subject, refused, sign_ins, last_day)
    select e.tenant, e.subject,
           recent_merge('{}', array_agg(e.event) filter (where e.kind = 'refused'), p_since),
           recent_merge('{}', array_agg(e.event) filter (where e.kind = 'sign-in'), p_since),
           (clock_timestamp() at time zone 'UTC')::date
      from unnest(p_tenants, p_events, p_subjects, p_kinds) e(tenant, event, subject, kind)
     where e.kind is not null and e.event >= p_since and e.event < p_until
     group by e.tenant, e.subject
    on conflict (tenant, subject) do update
      set refused = recent_merge(r.refused, excluded.refused, p_since),
          sign_ins = recent_merge(r.sign_ins, excluded.sign_ins, p_since),
          last_day = excluded.last_day;
end $$;
