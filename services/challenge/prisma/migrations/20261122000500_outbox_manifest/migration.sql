-- Manifests: for each minute, how many events this service wrote and a digest of their ids, until audit was asked and holds
-- the same (docs/protocols/manifest.md). The same text in every service with an outbox; a test compares the copies with
-- libs/outbox/sql/manifest.sql.

create table outbox_manifest (
  -- Whole minutes, by the time in the event ids. A stretch in which nothing was written may be one row of up to an hour.
  from_at timestamptz primary key,
  until_at timestamptz not null check (until_at > from_at),
  -- Null: to be counted, because an event came that was not there at the last count.
  events int,
  digest bytea,
  covered_at timestamptz,
  -- Since when audit has held something else, while everything here was sent.
  differs_since timestamptz,
  ask_at timestamptz not null default '-infinity',
  -- How often what was missing has been sent again.
  resent int not null default 0,
  -- Counted once more before the day goes.
  recounted boolean not null default false
);
create index outbox_manifest_open on outbox_manifest (from_at) where covered_at is null;

-- The least UUIDv7 of an instant, and the instant of a UUIDv7 (RFC 9562 §5.7).
create function outbox_first_id(p_at timestamptz) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
create function outbox_time_of(p_id uuid) returns timestamptz language sql immutable as $$
  select to_timestamp(('x' || left(replace(p_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
$$;

-- What the outbox holds between two instants: SHA-256 over the ids, ascending, 16 bytes each.
create function outbox_manifest_count(p_from timestamptz, p_until timestamptz, out events int, out unsent int, out digest bytea)
  language sql stable set enable_seqscan = off as $$
  select count(*)::int, count(*) filter (where sent_at is null)::int,
         sha256(coalesce(string_agg(uuid_send(event_id), ''::bytea order by event_id), ''))
    from outbox where event_id >= outbox_first_id(p_from) and event_id < outbox_first_id(p_until)
$$;

-- One at a time closes minutes (`manifest`), or lets days go (`retire`).
create function outbox_lock(p_for text) returns void language sql as $$
  select pg_advisory_xact_lock(hashtext('outbox_' || p_for), hashtext(current_schema()))
$$;

-- Counts minutes that were opened again, closes those that ended longer than `p_grace` ago, at most `p_limit` each, and
-- answers which audit is to be asked about now: none while an event has waited longer than `p_waiting` to be sent. A minute
-- with an unsent event stays open, and so do all after it.
create function outbox_manifest_work(p_grace interval, p_waiting interval, p_limit int)
  returns table (from_at timestamptz, until_at timestamptz, events int, digest bytea, resent int, differs_ms float8,
                 later_sent boolean)
  language plpgsql security definer set search_path from current as $$
declare
  v_end timestamptz := date_trunc('minute', clock_timestamp() - p_grace);
  v_from timestamptz;
  v_until timestamptz;
  v_next timestamptz;
  v_count record;
begin
  perform outbox_lock('manifest');
  for v_from, v_until in
    select m.from_at, m.until_at from outbox_manifest m where m.covered_at is null and m.events is null
     order by m.from_at limit p_limit
  loop
    v_count := outbox_manifest_count(v_from, v_until);
    update outbox_manifest m set events = v_count.events, digest = v_count.digest, ask_at = clock_timestamp()
     where m.from_at = v_from and v_count.unsent = 0;
  end loop;

  select max(m.until_at) into v_from from outbox_manifest m;
  if v_from is null then
    select date_trunc('minute', outbox_time_of(o.event_id)) into v_from from outbox o
     where o.event_id >= outbox_first_id(clock_timestamp() - interval '8 days') order by o.event_id limit 1;
  end if;
  v_from := coalesce(v_from, v_end - interval '1 minute');
  for i in 1..p_limit loop
    exit when v_from >= v_end;
    v_next := (select date_trunc('minute', outbox_time_of(o.event_id)) from outbox o
                where o.event_id >= outbox_first_id(v_from) order by o.event_id limit 1);
    v_until := greatest(v_from + interval '1 minute',
      least(coalesce(v_next, v_end), v_end, date_trunc('hour', v_from, 'UTC') + interval '1 hour'));
    v_count := outbox_manifest_count(v_from, v_until);
    exit when v_count.unsent > 0;
    insert into outbox_manifest as m (from_at, until_at, events, digest, ask_at)
      values (v_from, v_until, v_count.events, v_count.digest, clock_timestamp());
    v_from := v_until;
  end loop;

  -- While events wait the bus is away, or was: what was sent before may be on its way for as long, and patience begins anew.
  if (select o.created_at from outbox o where o.sent_at is null order by o.id limit 1) < clock_timestamp() - p_waiting then
    update outbox_manifest m set differs_since = null where m.covered_at is null and m.differs_since is not null;
    return;
  end if;

  return query
    select m.from_at, m.until_at, m.events, m.digest, m.resent,
           coalesce(extract(epoch from clock_timestamp() - m.differs_since) * 1000, 0)::float8,
           exists (select from outbox o where o.event_id >= outbox_first_id(m.until_at) and o.sent_at is not null)
      from outbox_manifest m
     where m.covered_at is null and m.events is not null and m.ask_at <= clock_timestamp()
       and not exists (select from outbox o where o.sent_at is null
                          and o.event_id >= outbox_first_id(m.from_at) and o.event_id < outbox_first_id(m.until_at))
     order by m.ask_at, m.from_at limit p_limit;
end $$;

-- Keeps what audit answered, where the minute has not been counted anew meanwhile; answers from which id on an event is not
-- late, and for how long the oldest minute has waited to be covered, in seconds.
create function outbox_manifest_settle(p_from timestamptz[], p_digest bytea[], p_covered boolean[], p_wait_ms int[])
  returns table (closed_until uuid, behind_seconds float8, uncovered_seconds float8)
  language plpgsql security definer set search_path from current as $$
begin
  update outbox_manifest m
     set covered_at = case when t.covered then clock_timestamp() end,
         differs_since = case when not t.covered then coalesce(m.differs_since, clock_timestamp()) end,
         ask_at = clock_timestamp() + t.wait_ms * interval '1 millisecond'
    from unnest(p_from, p_digest, p_covered, p_wait_ms) t (from_at, digest, covered, wait_ms)
   where m.from_at = t.from_at and m.digest = t.digest and m.covered_at is null;
  return query
    select outbox_first_id(max(m.until_at)), extract(epoch from clock_timestamp() - max(m.until_at))::float8,
           coalesce(extract(epoch from clock_timestamp() - (select min(o.until_at) from outbox_manifest o where o.covered_at is null)), 0)::float8
      from outbox_manifest m;
end $$;

-- These events of one minute go out again by the relay; how many they were.
create function outbox_manifest_resend(p_from timestamptz, p_ids uuid[], p_wait_ms int) returns int
  language plpgsql security definer set search_path from current set enable_seqscan = off as $$
declare
  v_rows int;
begin
  update outbox o set sent_at = null where o.event_id = any (p_ids) and o.sent_at is not null;
  get diagnostics v_rows = row_count;
  update outbox_manifest m
     set resent = m.resent + 1, differs_since = null, ask_at = clock_timestamp() + p_wait_ms * interval '1 millisecond'
   where m.from_at = p_from;
  return v_rows;
end $$;

-- Events whose minute was closed already: it is counted again, and covered again, before its day may go. Called before they
-- are marked as sent, and waits for who is closing minutes, so that each of the two sees the other.
create function outbox_manifest_reopen(p_ids uuid[]) returns void
  language plpgsql security definer set search_path from current as $$
begin
  perform outbox_lock('manifest');
  update outbox_manifest m
     set events = null, digest = null, covered_at = null, differs_since = null, recounted = false
    from unnest(p_ids) late (id)
   where outbox_time_of(late.id) >= m.from_at and outbox_time_of(late.id) < m.until_at;
  insert into outbox_manifest (from_at, until_at)
    select distinct minute, minute + interval '1 minute'
      from unnest(p_ids) late (id), date_trunc('minute', outbox_time_of(late.id)) minute
     where minute < (select max(m.until_at) from outbox_manifest m)
       and not exists (select from outbox_manifest m where m.from_at <= minute and m.until_at > minute);
end $$;

-- Minutes of a day that have events and no row here, because they were before the first one.
create function outbox_manifest_fill(p_from timestamptz, p_until timestamptz) returns int
  language sql set enable_seqscan = off as $$
  with held as (
    select m.from_at, m.until_at from outbox_manifest m where m.from_at >= p_from and m.until_at <= p_until
    union all select p_from, p_from
  ), gap as (
    select until_at as from_at, lead(from_at, 1, p_until) over (order by from_at, until_at) as until_at from held
  ), made as (
    insert into outbox_manifest (from_at, until_at)
      select distinct minute, minute + interval '1 minute'
        from gap, outbox o, date_trunc('minute', outbox_time_of(o.event_id)) minute
       where gap.until_at > gap.from_at
         and o.event_id >= outbox_first_id(gap.from_at) and o.event_id < outbox_first_id(gap.until_at)
      returning 1
  )
  select count(*)::int from made
$$;

-- Whether everything of a day was sent and every minute of it is covered.
create function outbox_day_open(p_table regclass, p_from timestamptz, p_until timestamptz) returns text
  language plpgsql as $$
declare
  v_unsent boolean;
begin
  execute format('select exists (select from %s where sent_at is null)', p_table) into v_unsent;
  if v_unsent then return 'unsent'; end if;
  if coalesce((select max(m.until_at) from outbox_manifest m), '-infinity') < p_until
     or exists (select from outbox_manifest m where m.from_at >= p_from and m.until_at <= p_until and m.covered_at is null)
  then return 'uncovered'; end if;
  return null;
end $$;

-- Takes the days older than 7 a step further: `unsent` and `uncovered` stay, `counting` is to be gone on with, `differs` was
-- opened again because rows came or went since they were counted, `dropped` is gone. At most `p_limit` minutes are counted.
create function outbox_retire(p_limit int) returns table (day date, state text)
  language plpgsql security definer set search_path from current as $$
declare
  v_today date := (now() at time zone 'utc')::date;
  v_table regclass;
  v_from timestamptz;
  v_until timestamptz;
  v_differ timestamptz[];
  v_left boolean;
begin
  perform outbox_lock('retire');
  for v_table, day in
    select inhrelid::regclass, to_date(right(c.relname, 8), 'YYYYMMDD') from pg_inherits join pg_class c on c.oid = inhrelid
     where inhparent = 'outbox'::regclass and c.relname ~ '^outbox_\d{8}$'
       and c.relname < 'outbox_' || to_char(v_today - 7, 'YYYYMMDD')
     order by c.relname
  loop
    v_from := day::timestamp at time zone 'utc';
    v_until := v_from + interval '1 day';
    state := outbox_day_open(v_table, v_from, v_until);
    if state is null and outbox_manifest_fill(v_from, v_until) > 0 then state := 'uncovered'; end if;
    if state is null then
      with counted as (
        update outbox_manifest m set recounted = (c.events, c.digest) = (m.events, m.digest)
          from (select n.from_at, k.events, k.digest
                  from (select from_at, until_at from outbox_manifest
                         where from_at >= v_from and until_at <= v_until and not recounted order by from_at limit p_limit) n
                 cross join lateral outbox_manifest_count(n.from_at, n.until_at) k) c
         where m.from_at = c.from_at
        returning m.from_at, m.recounted
      )
      select array_agg(from_at) filter (where not recounted) into v_differ from counted;
      v_left := exists (select from outbox_manifest m where m.from_at >= v_from and m.until_at <= v_until and not m.recounted);
      if v_differ is not null then
        state := 'differs';
        update outbox_manifest m set events = null, digest = null, covered_at = null, differs_since = null
         where m.from_at = any (v_differ);
      elsif v_left then state := 'counting';
      else
        -- What came while it was counted is seen now that nobody can write it any more.
        execute format('lock table %s in access exclusive mode', v_table);
        state := outbox_day_open(v_table, v_from, v_until);
        if state is null then
          execute format('drop table %s', v_table);
          state := 'dropped';
        end if;
      end if;
    end if;
    return next;
  end loop;
  delete from outbox_manifest m
   where m.covered_at is not null and m.until_at <= (v_today - 7)::timestamp at time zone 'utc'
     and to_regclass('outbox_' || to_char(m.from_at at time zone 'utc', 'YYYYMMDD')) is null;
end $$;

-- Makes the partitions from yesterday to a week ahead. What it dropped before, `outbox_retire` drops.
create or replace function outbox_maintain() returns void
  language plpgsql security definer set search_path from current as $$
declare
  v_today date := (now() at time zone 'utc')::date;
  v_day date;
begin
  for v_day in select v_today + d from generate_series(-1, 7) d loop
    begin
      execute format('create table if not exists %I partition of outbox for values from (%L) to (%L)',
        'outbox_' || to_char(v_day, 'YYYYMMDD'), outbox_day_start(v_day), outbox_day_start(v_day + 1));
    exception when check_violation then
      raise warning 'events of % are in outbox_other already and stay there', v_day;
    end;
  end loop;
end $$;

-- For the relay alone: the service itself can neither say that something is covered nor have it dropped.
do $$
declare
  v_app text := 'cs_' || current_schema();
  v_relay text := 'cs_' || current_schema() || '_relay';
  v_function text;
begin
  foreach v_function in array array['outbox_manifest_work(interval, interval, int)',
    'outbox_manifest_settle(timestamptz[], bytea[], boolean[], int[])', 'outbox_manifest_resend(timestamptz, uuid[], int)',
    'outbox_manifest_reopen(uuid[])', 'outbox_retire(int)', 'outbox_first_id(timestamptz)']
  loop
    execute format('revoke execute on function %s from %I', v_function, v_app);
    execute format('grant execute on function %s to %I', v_function, v_relay);
  end loop;
end $$;
