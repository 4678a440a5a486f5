-- Plans are made once and kept, and the first was made when the log was empty: `known` read a whole month of leaves for a
-- handful of ids until the table was next analyzed. What is looked up by key in batches goes by the key, whatever the
-- statistics said on the first day.
alter function known(uuid[]) set enable_seqscan = off;
alter function append_batch(text, jsonb, bytea[], bytea[]) set enable_seqscan = off;
alter function append_batch(text, jsonb, bytea[], bytea[]) set enable_hashjoin = off;
alter function append_batch(text, jsonb, bytea[], bytea[]) set enable_mergejoin = off;
