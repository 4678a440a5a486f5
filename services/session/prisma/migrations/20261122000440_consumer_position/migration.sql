-- Where each consumer of this service stands in each topic. Copy into a migration of the service; see ConsumerPosition.
create table consumer_position (
  consumer text not null,
  topic text not null,
  next_offset bigint not null,
  primary key (consumer, topic)
);
do $$ begin
  execute format('grant select, insert, update on consumer_position to %I', 'cs_' || current_schema());
end $$;
