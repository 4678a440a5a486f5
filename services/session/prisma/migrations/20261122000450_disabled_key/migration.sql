-- Keys that were disabled by command: every replica looks here each second, whatever holds the keys. It concerns no tenant.
create table disabled_key (
  key text primary key,
  at timestamptz not null default clock_timestamp()
);
grant select, insert on disabled_key to cs_session;
