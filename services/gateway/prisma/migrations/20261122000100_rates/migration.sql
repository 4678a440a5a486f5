-- What the replicas counted together, by keyed hash of what is limited. Written about once a second in one statement,
-- never by a request. Unlogged: after a crash limits begin anew, and counting costs no WAL. No row belongs to a tenant.
create unlogged table rate_counter (
  key bytea not null,
  window_number bigint not null,
  count bigint not null,
  expires_at timestamptz not null,
  primary key (key, window_number)
);
create index rate_counter_expiry on rate_counter (expires_at);

-- The key of those hashes and of the networks in refusal records: a new one each day, gone two days later, so that what
-- was recorded leads back to no address.
create table rate_salt (
  day date primary key,
  salt bytea not null
);

grant select, insert, update, delete on rate_counter to cs_gateway;
grant select, insert, delete on rate_salt to cs_gateway;

-- Adds to the counts and answers with the totals of all replicas. In the order of keys, so that two replicas never wait
-- for each other.
create function rate_add(p_keys bytea[], p_windows bigint[], p_counts bigint[], p_seconds integer[])
returns table (key bytea, window_number bigint, total bigint) language sql as $$
  insert into rate_counter as held (key, window_number, count, expires_at)
    select k, w, c, clock_timestamp() + 2 * s * interval '1 second'
      from unnest(p_keys, p_windows, p_counts, p_seconds) as given (k, w, c, s)
     order by k, w
  on conflict (key, window_number) do update set count = held.count + excluded.count
  returning held.key, held.window_number, held.count
$$;

create function rate_forget() returns void language sql as $$
  delete from rate_counter where expires_at < clock_timestamp()
$$;

-- Today's salt; the first replica of the day makes it.
create function rate_salt_today(p_fresh bytea) returns bytea language plpgsql as $$
declare
  v_today date := (clock_timestamp() at time zone 'utc')::date;
  v_salt bytea;
begin
  insert into rate_salt (day, salt) values (v_today, p_fresh) on conflict do nothing;
  delete from rate_salt where day < v_today - 1;
  select salt into v_salt from rate_salt where day = v_today;
  return v_salt;
end $$;
