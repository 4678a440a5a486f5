-- Erasures of people (GDPR Art. 17). What is kept here is what the tenant asked and was told; the pseudonym only until every
-- service has confirmed, so that afterwards nothing leads from the tenant's id to the leaves of the log.
create table erasure (
  id uuid primary key,
  tenant uuid not null,
  subject uuid not null,
  pseudonym text,
  confirmed text[] not null default '{}',
  requested_at timestamptz not null default clock_timestamp(),
  completed_at timestamptz,
  unique (tenant, subject),
  check ((pseudonym is null) = (completed_at is not null))
);
create index erasure_open on erasure (tenant, pseudonym) where completed_at is null;
create index erasure_completed on erasure (completed_at) where completed_at is not null;
alter table erasure enable row level security;
alter table erasure force row level security;
create policy tenant_isolation on erasure
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
grant select on erasure to cs_enrollment;

-- Devices whose sessions end because their owner is erased: the erasure is not complete before they have.
alter table device_ending add column erasure uuid;
create index device_ending_erasure on device_ending (erasure) where erasure is not null;

-- Deleting is the owner's, through the functions below alone.
create policy worker on erasure to current_user using (true) with check (true);
create policy eraser on subject to current_user using (true);
create policy eraser on credential to current_user using (true);
create policy eraser on device_finding to current_user using (true);
create policy eraser on attestation_certificate to current_user using (true);

-- Destroys everything of a person in one transaction: the wrapped data key first of all. Devices become work, so that their
-- sessions end whatever happens next; their tombstones stop a sign-in that is under way.
-- @returns how many devices there were; null when there is no such person
create function erase_person(p_tenant uuid, p_subject uuid, p_erasure uuid) returns integer
  language plpgsql security definer set search_path from current set enable_seqscan = off as $$
declare
  v_pseudonym text;
  v_devices integer;
begin
  -- Whoever is about to add something of this person waits here, and then finds nobody.
  select s.pseudonym into v_pseudonym from subject s where s.tenant = p_tenant and s.id = p_subject for update;
  if not found then
    return null;
  end if;
  insert into erasure (id, tenant, subject, pseudonym) values (p_erasure, p_tenant, p_subject, v_pseudonym);
  insert into device_ending (id, tenant, credential, reason, due_at, erasure)
    select gen_random_uuid(), c.tenant, c.id, 'revoked', clock_timestamp(), p_erasure
      from credential c where c.tenant = p_tenant and c.subject = p_subject and c.state <> 'revoked';
  delete from device_finding f using credential c
   where c.tenant = p_tenant and c.subject = p_subject and f.tenant = p_tenant and f.credential = c.id;
  delete from attestation_certificate a using credential c
   where c.tenant = p_tenant and c.subject = p_subject and a.tenant = p_tenant and a.credential = c.id;
  delete from credential c where c.tenant = p_tenant and c.subject = p_subject;
  get diagnostics v_devices = row_count;
  delete from ticket t where t.tenant = p_tenant and t.subject = p_subject;
  delete from idempotency_key i where i.tenant = p_tenant and i.subject = p_subject;
  delete from subject s where s.tenant = p_tenant and s.id = p_subject;
  return v_devices;
end $$;

-- Takes down who has confirmed; repeating it changes nothing.
create function erasure_confirm(p_tenants uuid[], p_pseudonyms text[], p_source text) returns void
  language sql security definer set search_path from current as $$
  update erasure e set confirmed = e.confirmed || p_source
    from unnest(p_tenants, p_pseudonyms) told (tenant, pseudonym)
   where e.tenant = told.tenant and e.pseudonym = told.pseudonym and e.completed_at is null
     and not p_source = any (e.confirmed)
$$;

-- Completes what everybody has confirmed and whose devices have ended, and forgets whose leaves they were. The caller writes
-- an event for each in the same transaction.
create function erasure_complete(p_sources text[], p_limit integer)
  returns table (id uuid, tenant uuid)
  language sql security definer set search_path from current as $$
  update erasure e set completed_at = clock_timestamp(), pseudonym = null
   where e.id in (
     select o.id from erasure o
      where o.completed_at is null and o.confirmed @> p_sources
        and not exists (select from device_ending d where d.erasure = o.id)
      order by o.requested_at limit p_limit for update skip locked)
  returning e.id, e.tenant
$$;

-- Erasures that have waited too long, and for whom.
create function erasures_overdue(p_after interval, p_sources text[]) returns table (erasures bigint, missing text[])
  language sql stable security definer set search_path from current as $$
  select count(*), array(
           select distinct m from erasure o cross join lateral (
             select s from unnest(p_sources) s where not s = any (o.confirmed)
             union all select 'enrollment' where exists (select from device_ending d where d.erasure = o.id)) l (m)
            where o.completed_at is null and o.requested_at < clock_timestamp() - p_after order by m)
    from erasure e where e.completed_at is null and e.requested_at < clock_timestamp() - p_after
$$;

-- The answer to who asks again is kept for 90 days; after that the tenant's id is as unknown as a random one.
create function erasure_sweep() returns void
  language sql security definer set search_path from current as $$
  delete from erasure where completed_at < clock_timestamp() - interval '90 days'
$$;
