-- A topic may have partitions, and a position counts in one log only: which, and the event before it, stand beside it.
-- Copy into a migration after consumer-position.sql.
alter table consumer_position
  add column partition int not null default 0,
  add column log text not null default '',
  add column last_event text not null default '',
  drop constraint consumer_position_pkey,
  add primary key (consumer, topic, partition);
