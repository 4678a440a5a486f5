-- The options of a ceremony show ids and nothing else: they are looked up by a function that reads nothing else, and the
-- whole record only where an answer names its credential.

-- Ids of a person's usable credentials, by reference or by id; one row without an id where there are none.
create function find_allowed(p_tenant uuid, p_reference_hash bytea, p_subject uuid)
  returns table (subject uuid, credential_id bytea, transports text[])
  language plpgsql as $$
#variable_conflict use_column
begin
  perform set_config('app.tenant', p_tenant::text, true);
  if p_reference_hash is not null then
    return query
      select s.id, c.credential_id, c.transports
        from subject s
        left join credential c on c.tenant = p_tenant and c.subject = s.id and c.state = 'active'
       where s.tenant = p_tenant and s.reference_hash = p_reference_hash
       order by c.created_at, c.id;
  else
    return query
      select s.id, c.credential_id, c.transports
        from subject s
        left join credential c on c.tenant = p_tenant and c.subject = s.id and c.state = 'active'
       where s.tenant = p_tenant and s.id = p_subject
       order by c.created_at, c.id;
  end if;
end $$;

-- Whose key it is: the person with every credential that is not revoked, the one that was named first.
create function find_holder(p_tenant uuid, p_credential_hash bytea)
  returns table (
    subject uuid, pseudonym text, user_handle bytea, wrapped_data_key bytea, wrapped_tenant_key bytea,
    id uuid, credential_id bytea, public_key bytea, algorithm integer, counter bigint, backup_eligible boolean,
    backup_state boolean, user_verified boolean, transports text[], state text, state_reason text, name bytea,
    name_commitment text, aaguid uuid, attestation_format text, attestation_trust text, key_protection text[], platform text,
    created_at timestamptz, last_used_at timestamptz)
  language plpgsql as $$
#variable_conflict use_column
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select s.id, s.pseudonym, s.user_handle, s.wrapped_data_key, k.wrapped,
           c.id, c.credential_id, c.public_key, c.algorithm, c.counter, c.backup_eligible,
           c.backup_state, c.user_verified, c.transports, c.state, c.state_reason, c.name,
           c.name_commitment, c.aaguid, c.attestation_format, c.attestation_trust, c.key_protection, c.platform,
           c.created_at, c.last_used_at
      from credential a
      join subject s on s.tenant = p_tenant and s.id = a.subject
      join tenant_key k on k.tenant = p_tenant
      join credential c on c.tenant = p_tenant and c.subject = a.subject and c.state <> 'revoked'
     where a.tenant = p_tenant and a.credential_hash = p_credential_hash and a.state <> 'revoked'
     order by (c.id <> a.id), c.created_at, c.id;
end $$;

drop function find_credentials(uuid, bytea, bytea, uuid);
