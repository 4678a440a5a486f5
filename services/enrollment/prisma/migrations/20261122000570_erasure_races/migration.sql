-- An erasure meets whatever else is written about the same person. Everybody locks in one order: the person, then devices by
-- id, then what hangs on them; so one waits for the other and neither is undone. Only bodies change.

create or replace function erase_person(p_tenant uuid, p_subject uuid, p_erasure uuid) returns integer
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
  -- Whoever judges these devices has them locked before it writes what it found.
  perform from credential c where c.tenant = p_tenant and c.subject = p_subject order by c.id for update;
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

-- The caller has changed the credentials in the same transaction, which keeps them: those it did not find are erased.
create or replace function attestation_keep(
  p_tenant uuid, p_devices uuid[], p_places smallint[], p_formats text[], p_serials text[], p_keys text[])
  returns void language plpgsql set enable_seqscan = off as $$
begin
  delete from attestation_certificate a where a.tenant = p_tenant and a.credential = any (p_devices);
  insert into attestation_certificate (tenant, credential, place, format, serial, key)
    select p_tenant, t.device, t.place, t.format, t.serial, t.key
      from unnest(p_devices, p_places, p_formats, p_serials, p_keys) t (device, place, format, serial, key)
      join credential c on c.tenant = p_tenant and c.id = t.device;
end $$;

-- Called with the devices locked: one that is not there was erased since it was judged, and nothing is found of it.
create or replace function metadata_condemn(
  p_tenant uuid, p_holder uuid, p_seconds integer, p_no bigint, p_code text, p_detail text, p_action text,
  p_devices uuid[], p_events uuid[], p_types text[], p_leaves bytea[])
  returns integer language plpgsql as $$
declare
  v_changed boolean;
  v_count integer := 0;
begin
  if not metadata_judgement_hold(p_tenant, p_holder, p_seconds) then return null; end if;
  for i in 1 .. cardinality(p_devices) loop
    continue when not exists (select from credential c where c.tenant = p_tenant and c.id = p_devices[i]);
    insert into device_finding as held (tenant, credential, code, detail, action, metadata_no)
      values (p_tenant, p_devices[i], p_code, p_detail, p_action, p_no)
      on conflict (tenant, credential) do update
        set code = p_code, detail = p_detail, action = p_action, metadata_no = p_no, found_at = clock_timestamp()
        where (held.code, held.detail, held.action) is distinct from (p_code, p_detail, p_action);
    v_changed := found;
    if p_action = 'suspended' then
      update credential c set state = 'suspended', state_reason = 'metadata'
       where c.tenant = p_tenant and c.id = p_devices[i]
         and (c.state = 'active' or (c.state = 'suspended' and c.state_reason = 'person'));
      v_changed := found;
      if v_changed then
        insert into device_ending (id, tenant, credential, reason, due_at)
          values (gen_random_uuid(), p_tenant, p_devices[i], 'suspended', clock_timestamp());
      end if;
    end if;
    if v_changed and p_action <> 'listed' then
      perform outbox_append(p_events[i], p_tenant, p_types[i], p_leaves[i]);
    end if;
    v_count := v_count + v_changed::integer;
  end loop;
  return v_count;
end $$;
