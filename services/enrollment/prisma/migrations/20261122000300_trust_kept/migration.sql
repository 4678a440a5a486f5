-- What the trust in a credential rests on, so that it can be judged again (WebAuthn L3 §13.4.5): the anchors, each as
-- format:name, with a space between; empty where nobody vouched, and for credentials of the time before, which are looked at
-- once. Where it is not empty and the trust is not 'anchored', the anchor has left the policy since.
alter table credential add column attestation_anchors text not null default '';
create index credential_anchors on credential (tenant, attestation_anchors, aaguid, attestation_key, attestation_trust, id)
  where attestation_anchors <> '' or attestation_trust = 'anchored';

-- The certificates of those chains: serial number in hex, and SHA-256 of the key.
create table attestation_certificate (
  tenant uuid not null,
  credential uuid not null references credential (id),
  place smallint not null,
  format text not null,
  serial text not null,
  key text not null,
  primary key (tenant, credential, place)
);
create index attestation_certificate_serial on attestation_certificate (tenant, serial, credential)
  where format = 'android-key';

alter table attestation_certificate enable row level security;
alter table attestation_certificate force row level security;
create policy tenant_isolation on attestation_certificate
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
grant select, insert, delete on attestation_certificate to cs_enrollment;

-- Google's list of revoked and suspended attestation keys as it was accepted last, and whose turn it is to look at the source.
-- `no` rises with every list that differs. It concerns no tenant.
create table android_status (
  only_row boolean primary key default true check (only_row),
  no bigint not null default 0,
  digest text not null default '',
  document text not null default '',
  checked_at timestamptz,
  due_at timestamptz not null default '-infinity',
  failure text not null default ''
);
insert into android_status default values;
grant select, update on android_status to cs_enrollment;

create function android_status_claim(p_seconds integer) returns boolean
  language plpgsql as $$
begin
  update android_status set due_at = clock_timestamp() + make_interval(secs => p_seconds)
   where due_at <= clock_timestamp();
  return found;
end $$;

-- How the look went; an empty failure is success.
create function android_status_checked(p_failure text, p_due_seconds integer) returns void
  language sql as $$
  update android_status
     set failure = p_failure, due_at = clock_timestamp() + make_interval(secs => p_due_seconds),
         checked_at = case when p_failure = '' then clock_timestamp() else checked_at end
$$;

-- Keeps a list that says something else than the one held. @returns whether it did
create function android_status_store(p_digest text, p_document text) returns boolean
  language plpgsql as $$
begin
  update android_status set no = no + 1, digest = p_digest, document = p_document where digest <> p_digest;
  return found;
end $$;

-- Who knows an older status list than the last judge stands back, too.
alter table metadata_judgement add column status_no bigint not null default 0;
create function metadata_judgement_claim(
  p_tenant uuid, p_fingerprints text[], p_no bigint, p_version integer, p_day date, p_holder uuid, p_seconds integer,
  p_status_no bigint)
  returns text language plpgsql as $$
declare
  v_outcome text;
begin
  perform set_config('app.tenant', p_tenant::text, true);
  if exists (select from metadata_judgement j where j.tenant = p_tenant and j.status_no > p_status_no) then
    return 'behind';
  end if;
  v_outcome := metadata_judgement_claim(p_tenant, p_fingerprints, p_no, p_version, p_day, p_holder, p_seconds);
  if v_outcome = 'claimed' then
    update metadata_judgement j set status_no = p_status_no where j.tenant = p_tenant;
  end if;
  return v_outcome;
end $$;

-- Keeps the certificates of some credentials in the place of what was kept; one element for each certificate.
create function attestation_keep(
  p_tenant uuid, p_devices uuid[], p_places smallint[], p_formats text[], p_serials text[], p_keys text[])
  returns void language plpgsql set enable_seqscan = off as $$
begin
  delete from attestation_certificate a where a.tenant = p_tenant and a.credential = any (p_devices);
  insert into attestation_certificate (tenant, credential, place, format, serial, key)
    select p_tenant, t.* from unnest(p_devices, p_places, p_formats, p_serials, p_keys) t;
end $$;

-- What attested credentials of a tenant rest on, and how many devices there are of each kind.
create function attestation_groups(p_tenant uuid)
  returns table (aaguid uuid, attestation_key text, attestation_trust text, attestation_anchors text, devices bigint)
  language plpgsql set enable_seqscan = off as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.aaguid, c.attestation_key, c.attestation_trust, c.attestation_anchors, count(*)
      from credential c
     where c.tenant = p_tenant and c.state <> 'revoked'
       and (c.attestation_anchors <> '' or c.attestation_trust = 'anchored')
     group by 1, 2, 3, 4;
end $$;

-- The attestations of one such kind as they were made, a page at a time.
create function attestation_kept(
  p_tenant uuid, p_aaguid uuid, p_key text, p_trust text, p_anchors text, p_after uuid, p_limit integer)
  returns table (id uuid, attestation_object bytea, client_data_hash bytea, created_at timestamptz)
  language plpgsql set enable_seqscan = off as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.id, c.attestation_object, c.client_data_hash, c.created_at
      from credential c
     where c.tenant = p_tenant and c.attestation_anchors = p_anchors and c.aaguid = p_aaguid and c.attestation_key = p_key
       and c.attestation_trust = p_trust and c.id > p_after and c.state <> 'revoked'
       and (c.attestation_anchors <> '' or c.attestation_trust = 'anchored')
     order by c.id limit p_limit;
end $$;

-- Writes how the trust in some credentials was judged again. @returns false when the turn was lost
create function attestation_settle(
  p_tenant uuid, p_holder uuid, p_seconds integer,
  p_devices uuid[], p_trusts text[], p_models text[], p_anchors text[],
  p_owners uuid[], p_places smallint[], p_formats text[], p_serials text[], p_keys text[])
  returns boolean language plpgsql set enable_seqscan = off as $$
begin
  if not metadata_judgement_hold(p_tenant, p_holder, p_seconds) then return false; end if;
  update credential c
     set attestation_trust = t.trust, attestation_key = t.model, attestation_anchors = t.anchors
    from unnest(p_devices, p_trusts, p_models, p_anchors) t (id, trust, model, anchors)
   where c.id = t.id and c.tenant = p_tenant;
  perform attestation_keep(p_tenant, p_owners, p_places, p_formats, p_serials, p_keys);
  return true;
end $$;

-- Devices one of whose android-key certificates is on a list of serial numbers, with that number and what is on record.
create function attestation_listed(p_tenant uuid, p_serials text[], p_after uuid, p_limit integer)
  returns table (
    id uuid, pseudonym text, state text, state_reason text, code text, detail text, action text, serial text)
  language plpgsql set enable_seqscan = off as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.id, s.pseudonym, c.state, c.state_reason, f.code, f.detail, f.action, h.serial
      from (select a.credential, min(a.serial) as serial from attestation_certificate a
             where a.tenant = p_tenant and a.format = 'android-key' and a.serial = any (p_serials) and a.credential > p_after
             group by a.credential) h
      join credential c on c.id = h.credential and c.tenant = p_tenant and c.state <> 'revoked'
      join subject s on s.tenant = c.tenant and s.id = c.subject
      left join device_finding f on f.tenant = c.tenant and f.credential = c.id
     order by c.id limit p_limit;
end $$;

-- Devices whose anchor has left the policy, with how well they are vouched for now and what is on record.
create function attestation_left(p_tenant uuid, p_trusts text[], p_after uuid, p_limit integer)
  returns table (id uuid, pseudonym text, state text, state_reason text, code text, detail text, action text)
  language plpgsql set enable_seqscan = off as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select c.id, s.pseudonym, c.state, c.state_reason, f.code, f.detail, f.action
      from credential c
      join subject s on s.tenant = c.tenant and s.id = c.subject
      left join device_finding f on f.tenant = c.tenant and f.credential = c.id
     where c.tenant = p_tenant and c.attestation_anchors <> '' and c.attestation_trust = any (p_trusts)
       and c.id > p_after and c.state <> 'revoked'
     order by c.id limit p_limit;
end $$;
