-- Which manifests of which source were found to be what the log holds (docs/protocols/manifest.md). The event that says so
-- stays for ever; these rows only see to it that it is written once, whoever asks how often.
create table manifest (
  source text not null,
  from_at timestamptz not null,
  until_at timestamptz not null,
  digest bytea not null,
  confirmed_at timestamptz not null default clock_timestamp(),
  primary key (source, from_at)
);
create index manifest_old on manifest (confirmed_at);
create index quarantine_event on quarantine (topic, event_id);

-- The events of a source between two ids, in the log or in quarantine, each once: how many, how many in quarantine only, the
-- digest of their ids; and whether a later event of the source has been read. By the key: plans are kept from when the log
-- was empty.
create function manifest_held(p_source text, p_from uuid, p_until uuid,
    out events int, out quarantined int, out digest bytea, out passed boolean)
  language sql stable security definer set search_path from current set enable_seqscan = off as $$
  select count(*)::int, count(*) filter (where aside)::int,
         sha256(coalesce(string_agg(uuid_send(event_id), ''::bytea order by event_id), '')),
         coalesce((select max(last_event) >= p_until::text from consumer_position
                    where consumer = 'audit' and topic = p_source), false)
    from (select event_id, bool_and(aside) as aside
            from (select l.event_id, false as aside from leaf l
                   where l.event_id >= p_from and l.event_id < p_until and l.source = p_source
                  union all
                  select q.event_id, true from quarantine q
                   where q.topic = p_source and q.event_id >= p_from and q.event_id < p_until) found
           group by event_id) held
$$;

-- Those of a source's ids that are neither in the log nor in quarantine as this source's.
create function manifest_missing(p_source text, p_ids uuid[]) returns setof uuid
  language sql stable security definer set search_path from current set enable_seqscan = off as $$
  select asked.id from unnest(p_ids) asked (id)
   where not exists (select from leaf l where l.event_id = asked.id and l.source = p_source)
     and not exists (select from quarantine q where q.topic = p_source and q.event_id = asked.id)
$$;

-- Whether these events are found for the first time, or others than the last time. Of two who ask at once one hears yes.
create function manifest_confirm(p_source text, p_from timestamptz, p_until timestamptz, p_digest bytea) returns boolean
  language plpgsql security definer set search_path from current as $$
begin
  insert into manifest as held (source, from_at, until_at, digest) values (p_source, p_from, p_until, p_digest)
    on conflict (source, from_at) do update
      set until_at = excluded.until_at, digest = excluded.digest, confirmed_at = clock_timestamp()
      where held.until_at <> excluded.until_at or held.digest <> excluded.digest;
  return found;
end $$;

-- Nobody asks about a minute again once it was confirmed, unless an event of it comes late.
create function manifest_forget() returns void language sql security definer set search_path from current as $$
  delete from manifest where confirmed_at < clock_timestamp() - interval '30 days'
$$;
