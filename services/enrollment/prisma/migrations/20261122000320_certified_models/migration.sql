-- Sign-in, step-up and the preview judge a model as registration and the fleet do: one that nobody certifies, though an anchor
-- vouches for the key, is on no list.

-- Whose key it is, as `find_holder` said it; that one serves replicas of the version before, which expect a model everywhere.
-- `aaguid` is null where the model was only claimed.
create function find_key_holder(p_tenant uuid, p_credential_hash bytea)
  returns table (
    subject uuid, pseudonym text, user_handle bytea, wrapped_data_key bytea, wrapped_tenant_key bytea,
    profile bytea, profile_commitment text,
    id uuid, credential_id bytea, public_key bytea, algorithm integer, counter bigint, backup_eligible boolean,
    backup_state boolean, user_verified boolean, transports text[], state text, state_reason text, name bytea,
    name_commitment text, aaguid uuid, attestation_format text, attestation_trust text, key_protection text[], platform text,
    created_at timestamptz, last_used_at timestamptz)
  language plpgsql as $$
#variable_conflict use_column
declare
  v_tenant constant text := set_config('app.tenant', p_tenant::text, true);
begin
  return query
    select s.id, s.pseudonym, s.user_handle, s.wrapped_data_key, k.wrapped,
           s.profile, s.profile_commitment,
           c.id, c.credential_id, c.public_key, c.algorithm, c.counter, c.backup_eligible,
           c.backup_state, c.user_verified, c.transports, c.state, c.state_reason, c.name,
           c.name_commitment, case when not starts_with(c.attestation_key, 'claimed') then c.aaguid end, c.attestation_format,
           c.attestation_trust, c.key_protection, c.platform, c.created_at, c.last_used_at
      from credential a
      join subject s on s.tenant = p_tenant and s.id = a.subject
      join tenant_key k on k.tenant = p_tenant
      join credential c on c.tenant = p_tenant and c.subject = a.subject and c.state <> 'revoked'
     where a.tenant = p_tenant and a.credential_hash = p_credential_hash and a.state <> 'revoked'
     order by (c.id <> a.id), c.created_at, c.id;
end $$;

-- A person's keys in any state but revoked, with what policy can ask of each: a step-up lists those that can confirm.
create function find_own_keys(p_tenant uuid, p_subject uuid)
  returns table (
    credential_id bytea, transports text[], state text, algorithm integer, backup_eligible boolean, backup_state boolean,
    user_verified boolean, aaguid uuid, attestation_trust text, key_protection text[])
  language plpgsql as $$
#variable_conflict use_column
declare
  v_tenant constant text := set_config('app.tenant', p_tenant::text, true);
begin
  return query
    select c.credential_id, c.transports, c.state, c.algorithm, c.backup_eligible, c.backup_state,
           c.user_verified, case when not starts_with(c.attestation_key, 'claimed') then c.aaguid end, c.attestation_trust, c.key_protection
      from credential c
     where c.tenant = p_tenant and c.subject = p_subject and c.state <> 'revoked'
     order by c.created_at, c.id;
end $$;

create or replace function preview_kinds(p_tenant uuid, p_aaguids uuid[]) returns table (traits text, devices bigint)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select t.traits, sum(d.devices)::bigint
      from (select c.backup_eligible, c.backup_state, c.user_verified, c.attestation_trust, c.algorithm, c.aaguid, c.transports,
                   c.key_protection, starts_with(c.attestation_key, 'claimed') as claimed, count(*) as devices
              from credential c
             where c.tenant = p_tenant and c.state <> 'revoked'
             group by 1, 2, 3, 4, 5, 6, 7, 8, 9) d
     cross join lateral (
       select credential_traits(d.backup_eligible, d.backup_state, d.user_verified, d.attestation_trust, d.algorithm,
                                case when not d.claimed then d.aaguid end, d.transports, d.key_protection, p_aaguids) as traits) t
     group by t.traits;
end $$;

create or replace function preview_devices(
  p_tenant uuid, p_aaguids uuid[], p_traits text[], p_after_subject uuid, p_after uuid, p_limit integer)
  returns table (subject uuid, id uuid, state text, traits text)
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    with kind as materialized (
      select d.*, t.traits
        from (select distinct c.backup_eligible, c.backup_state, c.user_verified, c.attestation_trust, c.algorithm, c.aaguid,
                     c.transports, c.key_protection, starts_with(c.attestation_key, 'claimed') as claimed
                from credential c where c.tenant = p_tenant and c.state <> 'revoked') d
       cross join lateral (
         select credential_traits(d.backup_eligible, d.backup_state, d.user_verified, d.attestation_trust, d.algorithm,
                                  case when not d.claimed then d.aaguid end, d.transports, d.key_protection,
                                  p_aaguids) as traits) t
       where t.traits = any (p_traits))
    select c.subject, c.id, c.state, k.traits
      from credential c
      join kind k on (k.backup_eligible, k.backup_state, k.user_verified, k.attestation_trust, k.algorithm, k.aaguid,
                      k.transports, k.key_protection, k.claimed)
                   = (c.backup_eligible, c.backup_state, c.user_verified, c.attestation_trust, c.algorithm, c.aaguid,
                      c.transports, c.key_protection, starts_with(c.attestation_key, 'claimed'))
     where c.tenant = p_tenant and c.state <> 'revoked' and (c.subject, c.id) > (p_after_subject, p_after)
     order by c.subject, c.id
     limit p_limit;
end $$;
