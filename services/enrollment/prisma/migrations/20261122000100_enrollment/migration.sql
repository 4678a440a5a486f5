-- The secret behind every keyed hash of this service (references, PINs, decoys), wrapped by the key store. It concerns no
-- tenant and exists once.
create table keyed_hash_secret (
  id smallint primary key default 1 check (id = 1),
  wrapped bytea not null,
  created_at timestamptz not null default clock_timestamp()
);
grant select, insert on keyed_hash_secret to cs_enrollment;

-- One per tenant, wrapped by the key store; it wraps the data keys of the tenant's people.
create table tenant_key (
  tenant uuid primary key,
  wrapped bytea not null,
  created_at timestamptz not null default clock_timestamp()
);

-- A person of a tenant. The tenant's own reference is a keyed hash here; reference and display name are sealed in `profile`.
create table subject (
  id uuid primary key,
  tenant uuid not null,
  pseudonym text not null,
  user_handle bytea not null check (octet_length(user_handle) = 32),
  reference_hash bytea not null,
  profile bytea not null,
  profile_commitment text not null,
  wrapped_data_key bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (tenant, id),
  unique (tenant, reference_hash),
  unique (tenant, pseudonym),
  unique (tenant, user_handle)
);

-- What a server's repeated POST is answered with; kept for a day.
create table idempotency_key (
  tenant uuid not null,
  client text not null,
  key_hash bytea not null,
  request_hash bytea not null,
  subject uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant, client, key_hash),
  foreign key (tenant, subject) references subject (tenant, id) deferrable initially deferred
);

-- Leave to enroll a first authenticator: opened once, then known by its binding only, then spent once.
create table ticket (
  id uuid primary key,
  tenant uuid not null,
  subject uuid not null,
  hash bytea not null,
  pin_hash bytea,
  wrong_pins smallint not null default 0 check (wrong_pins between 0 and 5),
  client text,
  binding_hash bytea,
  issued_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  opened_at timestamptz,
  spent_at timestamptz,
  unique (tenant, hash),
  unique (tenant, binding_hash),
  check ((opened_at is null) = (binding_hash is null)),
  foreign key (tenant, subject) references subject (tenant, id)
);

-- An authenticator of a person. Its id is unique per tenant by its hash: ids may be up to 1,023 bytes long.
create table credential (
  id uuid primary key,
  tenant uuid not null,
  subject uuid not null,
  credential_id bytea not null check (octet_length(credential_id) between 1 and 1023),
  credential_hash bytea not null,
  public_key bytea not null,
  algorithm integer not null,
  counter bigint not null check (counter between 0 and 4294967295),
  backup_eligible boolean not null,
  backup_state boolean not null,
  user_verified boolean not null,
  transports text[] not null,
  aaguid uuid not null,
  attestation_format text not null,
  attestation_trust text not null check (attestation_trust in ('none', 'self', 'anchored')),
  attestation_object bytea not null,
  client_data_hash bytea not null,
  state text not null default 'active' check (state in ('active', 'suspended', 'revoked')),
  state_reason text not null default '',
  name bytea not null,
  name_commitment text not null,
  platform text not null,
  client text not null,
  policy_version integer not null,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,
  unique (tenant, credential_hash),
  foreign key (tenant, subject) references subject (tenant, id)
);
create index credential_subject on credential (tenant, subject);

-- Grants that were used. Kept until nothing could name them any more.
create table spent_grant (
  tenant uuid not null,
  jti uuid not null,
  expires_at timestamptz not null,
  primary key (tenant, jti)
);
create index spent_grant_expiry on spent_grant (expires_at);

-- Devices whose sessions are still to be ended: written with the change, deleted when session has answered.
create table device_ending (
  id uuid primary key,
  tenant uuid not null,
  credential uuid not null,
  reason text not null,
  due_at timestamptz not null,
  attempts integer not null default 0
);
create index device_ending_due on device_ending (due_at);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['tenant_key', 'subject', 'idempotency_key', 'ticket', 'credential', 'spent_grant', 'device_ending'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('alter table %I force row level security', v_table);
    execute format($policy$
      create policy tenant_isolation on %I
        using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
        with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
    $policy$, v_table);
  end loop;
end $$;

grant select, insert on tenant_key, subject, spent_grant to cs_enrollment;
grant select, insert, update on idempotency_key, ticket, credential to cs_enrollment;
grant select, insert, delete on device_ending to cs_enrollment;

-- Whose key: by the tenant's reference, by a WebAuthn credential id, or by id; whichever argument is not null. One round
-- trip for sign-in. A person without authenticators is one row with a null credential; a stranger is no row at all.
create function find_credentials(p_tenant uuid, p_reference_hash bytea, p_credential_hash bytea, p_subject uuid)
  returns table (
    subject uuid, pseudonym text, user_handle bytea, wrapped_data_key bytea, wrapped_tenant_key bytea,
    id uuid, credential_id bytea, public_key bytea, algorithm integer, counter bigint, backup_eligible boolean,
    backup_state boolean, transports text[], state text, state_reason text, name bytea, name_commitment text, aaguid uuid,
    attestation_format text, attestation_trust text, platform text, created_at timestamptz, last_used_at timestamptz)
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
           c.backup_state, c.transports, c.state, c.state_reason, c.name, c.name_commitment, c.aaguid,
           c.attestation_format, c.attestation_trust, c.platform, c.created_at, c.last_used_at
      from subject s
      join tenant_key k on k.tenant = s.tenant
      left join credential c on c.tenant = s.tenant and c.subject = s.id and c.state <> 'revoked'
     where s.tenant = p_tenant and s.id = v_subject
     order by (c.credential_hash is distinct from p_credential_hash), c.created_at, c.id;
end $$;

-- Moves the counter upward and never back (WebAuthn L3 §7.2 step 22); zero after zero is an authenticator that does not
-- count. Whether a row was found is the verdict.
create function record_use(p_tenant uuid, p_id uuid, p_counter bigint, p_backup_state boolean) returns boolean
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  update credential set counter = p_counter, backup_state = p_backup_state, last_used_at = clock_timestamp()
   where tenant = p_tenant and id = p_id and state = 'active' and (counter < p_counter or (counter = 0 and p_counter = 0));
  return found;
end $$;

-- When credentials were last used, as learned from the events of sessions, to the minute: a key in constant use is not
-- written at every sign-in. A later time is never replaced by an earlier.
create function learn_last_use(p_tenants uuid[], p_ids uuid[], p_times timestamptz[]) returns void
  language plpgsql as $$
declare
  v_tenant uuid;
begin
  for v_tenant in select distinct t from unnest(p_tenants) t loop
    perform set_config('app.tenant', v_tenant::text, true);
    update credential c set last_used_at = used.at
      from (select u.id, max(u.at) as at from unnest(p_tenants, p_ids, p_times) u(tenant, id, at)
             where u.tenant = v_tenant group by u.id) used
     where c.tenant = v_tenant and c.id = used.id and (c.last_used_at is null or c.last_used_at < used.at - interval '1 minute');
  end loop;
end $$;

-- Work that belongs to no single tenant is done by these two functions alone, as the owner.
create policy worker on device_ending to current_user using (true) with check (true);
create policy sweeper on spent_grant to current_user using (true);
create policy sweeper on ticket to current_user using (true);
create policy sweeper on idempotency_key to current_user using (true);

-- Claims devices whose sessions are due to be ended; what is not finished comes back after a growing pause.
create function claim_device_endings(p_limit integer) returns table (id uuid, tenant uuid, credential uuid, reason text)
  language sql security definer set search_path from current as $$
  update device_ending d
     set attempts = d.attempts + 1,
         due_at = clock_timestamp() + least(interval '5 minutes', interval '2 seconds' * power(2, least(d.attempts, 8)))
   where d.id in (
     select w.id from device_ending w where w.due_at <= clock_timestamp()
      order by w.due_at limit p_limit for update skip locked)
  returning d.id, d.tenant, d.credential, d.reason
$$;

-- Forgets what can no longer be presented: used grants, tickets a day after their end, answers to repeated requests.
create function sweep() returns void
  language sql security definer set search_path from current as $$
  delete from spent_grant where expires_at < clock_timestamp();
  delete from ticket where expires_at < clock_timestamp() - interval '1 day';
  delete from idempotency_key where created_at < clock_timestamp() - interval '1 day';
$$;
