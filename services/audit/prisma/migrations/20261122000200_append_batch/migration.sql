-- A batch goes into the logs of all its tenants at once: with a thousand tenants nearly every event of a batch is another
-- tenant's, and a statement for each made the log slower than what it records. The function runs as the owner, and is now
-- the only way in: the service can neither write a leaf past it nor set the head of a log back.
create policy appender_reads on log_head to current_user using (true) with check (true);
create policy appender on leaf for insert to current_user with check (true);
create policy appender on details for insert to current_user with check (true);
revoke insert, update on log_head from cs_audit;
revoke insert on leaf, details from cs_audit;

-- Appends new leaves with consecutive indexes in the log of each tenant, in the order they are given in. The rows of the
-- logs' heads are the locks, taken in the order of the tenants, so that two batches cannot wait for each other.
create function append_batch(p_log text, p_leaves jsonb, p_bytes bytea[], p_sealed bytea[]) returns void
  language plpgsql security definer set search_path = audit, pg_temp as $$
begin
  insert into log_head (tenant, log)
    select distinct (l ->> 'tenant')::uuid as tenant, p_log from jsonb_array_elements(p_leaves) l order by tenant
    on conflict do nothing;
  perform from log_head h
    where h.log = p_log and h.tenant in (select (l ->> 'tenant')::uuid from jsonb_array_elements(p_leaves) l)
    order by h.tenant for update;
  insert into leaf (event_id, tenant, log, index, source, type, time, outcome, subject, credential, session, request, leaf)
    select g.event_id, g.tenant, p_log, h.next_index + row_number() over (partition by g.tenant order by g.n) - 1,
           g.source, g.type, g.time, g.outcome, nullif(g.subject, ''), nullif(g.credential, ''), nullif(g.session, ''),
           nullif(g.request, ''), p_bytes[g.n]
    from rows from (
      jsonb_to_recordset(p_leaves) as (event_id uuid, tenant uuid, source text, type text, time timestamptz, outcome text,
                                       subject text, credential text, session text, request text)
    ) with ordinality as g(event_id, tenant, source, type, time, outcome, subject, credential, session, request, n)
    join log_head h on h.tenant = g.tenant and h.log = p_log;
  insert into details (event_id, tenant, sealed)
    select (p_leaves -> (n::int - 1) ->> 'event_id')::uuid, (p_leaves -> (n::int - 1) ->> 'tenant')::uuid, s
    from unnest(p_sealed) with ordinality as g(s, n) where s is not null;
  update log_head h set next_index = h.next_index + added.leaves
    from (select (l ->> 'tenant')::uuid as tenant, count(*) as leaves from jsonb_array_elements(p_leaves) l group by 1) added
    where h.tenant = added.tenant and h.log = p_log;
end $$;

-- Replicas of the version before append through this while an installation is upgraded one by one: its name, and the batch
-- of one tenant. That tenant is put into each leaf, whatever the leaf says.
create or replace function append(p_tenant uuid, p_log text, p_leaves jsonb, p_bytes bytea[], p_sealed bytea[]) returns void
  language sql security definer set search_path = audit, pg_temp as $$
  select append_batch(p_log, (select jsonb_agg(l || jsonb_build_object('tenant', p_tenant) order by n)
                              from jsonb_array_elements(p_leaves) with ordinality as g(l, n)), p_bytes, p_sealed)
$$;
