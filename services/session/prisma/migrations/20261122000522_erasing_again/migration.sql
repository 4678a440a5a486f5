-- Events come again when a topic is read anew or an outbox is replayed, and then also those of people who are erased. Removing is
-- therefore repeated once a day for thirty days, longer than a topic or an outbox keeps anything; after that the person is
-- forgotten here, too. Hearing of it again meanwhile changes nothing.
alter table erasing add column heard_at timestamptz not null default clock_timestamp();
create or replace function erasing_settle(p_tenants uuid[], p_subjects text[]) returns void
  language plpgsql security definer set search_path from current as $$
begin
  delete from erasing e using unnest(p_tenants, p_subjects) done (tenant, subject)
   where e.tenant = done.tenant and e.subject = done.subject and e.confirmed
     and e.heard_at < clock_timestamp() - interval '30 days';
  update erasing e
     set confirmed = true, due_at = clock_timestamp() + case when e.confirmed then interval '1 day' else interval '1 hour' end
    from unnest(p_tenants, p_subjects) done (tenant, subject)
   where e.tenant = done.tenant and e.subject = done.subject;
end $$;
