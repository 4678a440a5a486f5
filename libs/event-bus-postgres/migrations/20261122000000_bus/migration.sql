-- The event bus without a broker: one ordered log per topic. Nobody but the owner may touch the tables; publishing and
-- reading are two functions, granted to two roles.
create table topic (
  name text primary key,
  next_offset bigint not null
);

create table message (
  topic text not null,
  "offset" bigint not null,
  event_id uuid not null,
  tenant uuid not null,
  type text not null,
  leaf bytea not null check (octet_length(leaf) between 1 and 65535),
  sealed bytea,
  at timestamptz not null default clock_timestamp(),
  primary key (topic, "offset", at)
) partition by range (at);

-- Makes the partitions of today and the next two days (UTC) and drops those older than 14 days. A reader that was away
-- for longer finds a gap and stops there; it is never moved past what it has not read.
create function maintain() returns void language plpgsql security definer set search_path = bus, pg_temp as $$
declare
  v_today date := (now() at time zone 'utc')::date;
  v_day date;
  v_old regclass;
begin
  perform pg_advisory_xact_lock(hashtext('bus.maintain'));
  for v_day in select v_today + d from generate_series(0, 2) d loop
    continue when to_regclass('message_' || to_char(v_day, 'YYYYMMDD')) is not null;
    execute format(
      'create table %I partition of message for values from (%L) to (%L)',
      'message_' || to_char(v_day, 'YYYYMMDD'), v_day::text || ' 00:00+00', (v_day + 1)::text || ' 00:00+00');
  end loop;
  for v_old in
    select inhrelid::regclass from pg_inherits join pg_class c on c.oid = inhrelid
     where inhparent = 'message'::regclass and c.relname < 'message_' || to_char(v_today - 14, 'YYYYMMDD')
  loop
    execute format('drop table %s', v_old);
  end loop;
end $$;

-- Appends to the topic of the caller. The topic's row is locked until commit, so offsets become visible in order and
-- without gaps: a reader that saw offset n has everything before it.
create function publish(
  p_topic text, p_event_ids uuid[], p_tenants uuid[], p_types text[], p_leaves bytea[], p_sealed bytea[]
) returns bigint language plpgsql security definer set search_path = bus, pg_temp as $$
declare
  v_count bigint := cardinality(p_event_ids);
  v_first bigint;
begin
  if session_user <> 'cs_' || p_topic || '_relay' then
    raise insufficient_privilege using message = 'only the relay of a source may write its topic';
  end if;
  insert into topic as held (name, next_offset) values (p_topic, v_count)
    on conflict (name) do update set next_offset = held.next_offset + v_count
    returning next_offset - v_count into v_first;
  if to_regclass('message_' || to_char(clock_timestamp() at time zone 'utc', 'YYYYMMDD')) is null then
    perform maintain();
  end if;
  insert into message (topic, "offset", event_id, tenant, type, leaf, sealed)
  select p_topic, v_first + u.n - 1, u.event_id, u.tenant, u.type, u.leaf, u.sealed
    from unnest(p_event_ids, p_tenants, p_types, p_leaves, p_sealed)
         with ordinality as u(event_id, tenant, type, leaf, sealed, n);
  perform pg_notify('bus', p_topic);
  return v_first;
end $$;

-- Reads on from an offset. A position the topic never had means that the bus was set back: that must be noticed.
create function read(p_topic text, p_from bigint, p_limit int)
returns table ("offset" bigint, event_id uuid, tenant uuid, type text, leaf bytea, sealed bytea)
language plpgsql stable security definer set search_path = bus, pg_temp as $$
begin
  if p_from > coalesce((select t.next_offset from topic t where t.name = p_topic), 0) then
    raise invalid_parameter_value using message = 'the position is past the end of the topic';
  end if;
  return query
    select m."offset", m.event_id, m.tenant, m.type, m.leaf, m.sealed
      from message m where m.topic = p_topic and m."offset" >= p_from order by m."offset" limit p_limit;
end $$;

select maintain();

grant execute on function publish to cs_bus_publisher;
grant execute on function read to cs_bus_consumer;
