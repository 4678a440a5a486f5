-- People this service has heard are erased, by pseudonym, until nothing of theirs is left: removed at once, and again an hour
-- later, when what was under way has arrived. Copied into a migration of each service that keeps something of a person; it
-- also makes `erasing_remove(tenants uuid[], subjects text[])`, which removes what that service keeps.
create table erasing (
  tenant uuid not null,
  subject text not null,
  due_at timestamptz not null default clock_timestamp(),
  confirmed boolean not null default false,
  primary key (tenant, subject)
);
create index erasing_due on erasing (due_at);
alter table erasing enable row level security;
alter table erasing force row level security;
create policy tenant_isolation on erasing
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
-- Work of no single tenant: only the three functions below see all rows.
create policy worker on erasing to current_user using (true) with check (true);
do $$ begin
  execute format('grant select on erasing to %I', 'cs_' || current_schema());
end $$;

-- In the transaction of the consumer's position. Hearing it again removes again and changes nothing else.
create function erasing_hear(p_tenants uuid[], p_subjects text[]) returns void
  language sql security definer set search_path from current as $$
  insert into erasing (tenant, subject) select * from unnest(p_tenants, p_subjects) on conflict do nothing
$$;

-- What is due, locked until the end of the transaction; what another replica is at is left to it.
create function erasing_take(p_limit integer) returns table (tenant uuid, subject text, confirmed boolean)
  language sql security definer set search_path from current as $$
  select e.tenant, e.subject, e.confirmed from erasing e where e.due_at <= clock_timestamp()
   order by e.due_at limit p_limit for update skip locked
$$;

-- After the first removal another one is due in an hour; after that one the person is forgotten here, too.
create function erasing_settle(p_tenants uuid[], p_subjects text[]) returns void
  language plpgsql security definer set search_path from current as $$
begin
  delete from erasing e using unnest(p_tenants, p_subjects) done (tenant, subject)
   where e.tenant = done.tenant and e.subject = done.subject and e.confirmed;
  update erasing e set confirmed = true, due_at = clock_timestamp() + interval '1 hour'
    from unnest(p_tenants, p_subjects) done (tenant, subject)
   where e.tenant = done.tenant and e.subject = done.subject;
end $$;

create function erasing_remove(p_tenants uuid[], p_subjects text[]) returns void
  language plpgsql security definer set search_path from current set enable_seqscan = off as $$
begin
  delete from sighting s using unnest(p_tenants, p_subjects) erased (tenant, subject)
   where s.tenant = erased.tenant and s.subject = erased.subject;
  delete from recent r using unnest(p_tenants, p_subjects) erased (tenant, subject)
   where r.tenant = erased.tenant and r.subject = erased.subject;
end $$;
