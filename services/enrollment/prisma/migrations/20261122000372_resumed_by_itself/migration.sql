-- Whether the platform alone suspended the device: it worked until then. What was condemned before this was recorded, or by a
-- replica of the version before, is nobody's but its owner's to resume.
alter table device_finding add column resumable boolean not null default false;

-- As `metadata_condemn`, which stays for replicas of the version before, and notes whether
-- the device worked until then. What its owner had suspended is never resumed without the owner.
create function metadata_condemn_noting(
  p_tenant uuid, p_holder uuid, p_seconds integer, p_no bigint, p_code text, p_detail text, p_action text,
  p_devices uuid[], p_events uuid[], p_types text[], p_leaves bytea[])
  returns integer language plpgsql as $$
declare
  v_active uuid[];
  v_person uuid[];
  v_count integer;
begin
  if not metadata_judgement_hold(p_tenant, p_holder, p_seconds) then return null; end if;
  perform from credential c where c.tenant = p_tenant and c.id = any (p_devices) order by c.id for update;
  select array_agg(c.id) filter (where c.state = 'active'),
         array_agg(c.id) filter (where c.state = 'suspended' and c.state_reason = 'person')
    into v_active, v_person
    from credential c where c.tenant = p_tenant and c.id = any (p_devices);
  v_count := metadata_condemn(
    p_tenant, p_holder, p_seconds, p_no, p_code, p_detail, p_action, p_devices, p_events, p_types, p_leaves);
  if p_action = 'suspended' then
    update device_finding f set resumable = f.credential = any (coalesce(v_active, '{}'))
     where f.tenant = p_tenant and f.credential = any (v_active || v_person);
  end if;
  return v_count;
end $$;

-- Of the devices nothing condemns any longer, those that the platform alone had suspended, and for what.
create function metadata_resumable(p_tenant uuid, p_devices uuid[])
  returns table (id uuid, pseudonym text, code text, detail text)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.id, s.pseudonym, f.code, f.detail
      from device_finding f
      join credential c on c.tenant = f.tenant and c.id = f.credential
      join subject s on s.tenant = c.tenant and s.id = c.subject
     where f.tenant = p_tenant and f.credential = any (p_devices) and f.resumable
       and c.state = 'suspended' and c.state_reason = 'metadata';
end $$;

-- Resumes devices and forgets their findings, each with its event, in one transaction. A device whose owner or counter has
-- stopped it meanwhile stays stopped.
-- @returns how many, or null when the turn was lost
create function metadata_resume(
  p_tenant uuid, p_holder uuid, p_seconds integer, p_devices uuid[], p_events uuid[], p_leaves bytea[])
  returns integer language plpgsql as $$
declare
  v_count integer := 0;
begin
  if not metadata_judgement_hold(p_tenant, p_holder, p_seconds) then return null; end if;
  for i in 1 .. cardinality(p_devices) loop
    update credential c set state = 'active', state_reason = ''
     where c.tenant = p_tenant and c.id = p_devices[i] and c.state = 'suspended' and c.state_reason = 'metadata'
       and exists (
         select from device_finding f where f.tenant = p_tenant and f.credential = p_devices[i] and f.resumable);
    if found then
      perform outbox_append(p_events[i], p_tenant, 'credential.resumed', p_leaves[i]);
      v_count := v_count + 1;
    end if;
  end loop;
  delete from device_finding f where f.tenant = p_tenant and f.credential = any (p_devices);
  return v_count;
end $$;
