-- Signing in is judged by what is known of the credential: whether it ever verified its person, and where its key lies.
drop function find_credentials(uuid, bytea, bytea, uuid);
create function find_credentials(p_tenant uuid, p_reference_hash bytea, p_credential_hash bytea, p_subject uuid)
  returns table (
    subject uuid, pseudonym text, user_handle bytea, wrapped_data_key bytea, wrapped_tenant_key bytea,
    id uuid, credential_id bytea, public_key bytea, algorithm integer, counter bigint, backup_eligible boolean,
    backup_state boolean, user_verified boolean, transports text[], state text, state_reason text, name bytea,
    name_commitment text, aaguid uuid, attestation_format text, attestation_trust text, key_protection text[], platform text,
    created_at timestamptz, last_used_at timestamptz)
  language plpgsql as $$
#variable_conflict use_column
declare
  v_subject uuid := p_subject;
begin
  perform set_config('app.tenant', p_tenant::text, true);
  if p_reference_hash is not null then
    select s.id into v_subject from subject s where s.tenant = p_tenant and s.reference_hash = p_reference_hash;
  elsif p_credential_hash is not null then
    select c.subject into v_subject from credential c
      where c.tenant = p_tenant and c.credential_hash = p_credential_hash and c.state <> 'revoked';
  end if;
  return query
    select s.id, s.pseudonym, s.user_handle, s.wrapped_data_key, k.wrapped,
           c.id, c.credential_id, c.public_key, c.algorithm, c.counter, c.backup_eligible,
           c.backup_state, c.user_verified, c.transports, c.state, c.state_reason, c.name,
           c.name_commitment, c.aaguid, c.attestation_format, c.attestation_trust, c.key_protection, c.platform,
           c.created_at, c.last_used_at
      from subject s
      join tenant_key k on k.tenant = s.tenant
      left join credential c on c.tenant = s.tenant and c.subject = s.id and c.state <> 'revoked'
     where s.tenant = p_tenant and s.id = v_subject
     order by (c.credential_hash is distinct from p_credential_hash), c.created_at, c.id;
end $$;
