-- Why a partition is not read on, and who asked when that it starts anew where its log begins now; `restarted_at` is when the
-- consumer did. Copy into a migration after consumer-partitions.sql.
alter table consumer_position
  add column halted text,
  add column halted_at timestamptz,
  add column restart_by text,
  add column restart_at timestamptz,
  add column restarted_at timestamptz;
