-- After a sign-in the browser's passkey provider learns what its person is called (WebAuthn L3 §5.1.10.3).
drop function find_holder(uuid, bytea);
create function find_holder(p_tenant uuid, p_credential_hash bytea)
  returns table (
    subject uuid, pseudonym text, user_handle bytea, wrapped_data_key bytea, wrapped_tenant_key bytea,
    profile bytea, profile_commitment text,
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
           s.profile, s.profile_commitment,
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
