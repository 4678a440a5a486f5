-- Which models a tenant has and how many devices of each, a page at a time: what a policy is weighed by before it is in force.
create function metadata_model_counts(p_tenant uuid, p_aaguid uuid, p_key text, p_trust text, p_limit integer)
  returns table (aaguid uuid, attestation_key text, attestation_trust text, devices bigint)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select m.aaguid, m.attestation_key, m.attestation_trust,
           (select count(*) from credential c
             where c.tenant = p_tenant and c.aaguid = m.aaguid and c.attestation_key = m.attestation_key
               and c.attestation_trust = m.attestation_trust and c.state <> 'revoked')
      from metadata_models(p_tenant, p_aaguid, p_key, p_trust, p_limit) m;
end $$;
