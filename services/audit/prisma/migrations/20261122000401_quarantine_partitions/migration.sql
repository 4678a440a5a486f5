-- An offset counts within a partition.
alter table quarantine
  add column partition int not null default 0,
  drop constraint quarantine_pkey,
  add primary key (topic, partition, "offset");
