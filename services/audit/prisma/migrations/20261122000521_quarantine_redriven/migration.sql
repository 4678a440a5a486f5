-- A message in quarantine keeps all that it takes to judge it again, and where it came from. An offset counts in one log only: the same
-- place of a log that was set back, or of another one, is another message, and the same message read once more is one.
alter table quarantine
  add column log text not null default '',
  add column tenant uuid,
  add column type text not null default '',
  add column sealed bytea,
  -- The driver's code for what it could not read; such a message says nothing beside its bytes.
  add column unreadable text not null default '',
  add column detail text not null default '',
  add column written_at timestamptz,
  add column traceparent text not null default '',
  add column tries int not null default 0,
  add column redriven_at timestamptz,
  -- In the log since; the row stays.
  add column taken_at timestamptz,
  drop constraint quarantine_pkey,
  add column id bigint generated always as identity primary key;
create unique index quarantine_message on quarantine (topic, partition, "offset", log, event_id, sha256(leaf)) nulls not distinct;
create index quarantine_waiting on quarantine (id) where taken_at is null;

-- The service may read what is here and add to it. It changes nothing but through the functions below, and deletes nothing.
grant select on quarantine to cs_audit;

-- The next messages to be judged again, locked until the end of the transaction.
create function quarantine_take(p_topic text, p_partition int, p_offset bigint, p_reason text, p_after bigint, p_limit int)
  returns setof quarantine language sql security definer set search_path from current as $$
  select * from quarantine q
   where q.taken_at is null and q.id > p_after
     and (p_topic is null or q.topic = p_topic) and (p_partition is null or q.partition = p_partition)
     and (p_offset is null or q."offset" = p_offset) and (p_reason is null or q.reason = p_reason)
   order by q.id limit p_limit for update
$$;

-- What became of them: an empty reason says that it is in the log, where the reason of before stays.
create function quarantine_settle(p_ids bigint[], p_reasons text[], p_details text[]) returns void
  language sql security definer set search_path from current as $$
  update quarantine q
     set tries = q.tries + 1, redriven_at = clock_timestamp(),
         taken_at = case when s.reason = '' then clock_timestamp() end,
         reason = case when s.reason = '' then q.reason else s.reason end,
         detail = case when s.reason = '' then q.detail else s.detail end
    from unnest(p_ids, p_reasons, p_details) s (id, reason, detail) where q.id = s.id
$$;
