-- Where the attestation says the key lies (FIDO registry, KEY_PROTECTION); empty when it says nothing. Credentials that were
-- enrolled before this was kept say nothing.
alter table credential add column key_protection text[] not null default '{}';

-- What policy can ask of a credential, as one text: two credentials with the same text satisfy the same policies. Models no
-- policy names are all the same; so are transports that are none of the standard's.
create function credential_traits(c credential, p_aaguids uuid[]) returns text
  language sql stable as $$
  select jsonb_build_object(
    'backupEligible', c.backup_eligible,
    'backupState', c.backup_state,
    'userVerified', c.user_verified,
    'attestationTrust', c.attestation_trust,
    'algorithm', c.algorithm,
    'aaguid', case when c.aaguid = any (p_aaguids) then c.aaguid::text else '' end,
    'transports', array(
      select known from unnest(array['ble', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']) known
       where known = any (c.transports)),
    'keyProtection', array(
      select known from unnest(array['hardware', 'remote_handle', 'secure_element', 'software', 'tee']) known
       where known = any (c.key_protection)))::text
$$;

-- A tenant's devices by what policy can ask of them: one row for each kind, so that a policy is judged once for each kind
-- and not for each device.
create function preview_kinds(p_tenant uuid, p_aaguids uuid[]) returns table (traits text, devices bigint)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select k.traits, count(*)
      from (select credential_traits(c, p_aaguids) as traits from credential c
             where c.tenant = p_tenant and c.state <> 'revoked') k
     group by k.traits;
end $$;

-- The devices of some kinds, a page at a time, in the order of their owners.
create function preview_devices(
  p_tenant uuid, p_aaguids uuid[], p_traits text[], p_after_subject uuid, p_after uuid, p_limit integer)
  returns table (subject uuid, id uuid, state text, traits text)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.subject, c.id, c.state, k.traits
      from credential c
     cross join lateral (select credential_traits(c, p_aaguids) as traits) k
     where c.tenant = p_tenant and c.state <> 'revoked' and (c.subject, c.id) > (p_after_subject, p_after)
       and k.traits = any (p_traits)
     order by c.subject, c.id
     limit p_limit;
end $$;
