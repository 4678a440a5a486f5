-- A tenant's key can be replaced while it is in use. `wrapped` then holds two: the one that wraps, and the other. `key_ids` are
-- the names of both, as they stand in front of each data key; empty for keys that were never replaced.
alter table tenant_key
  add column stage text not null default 'settled' check (stage in ('settled', 'announced', 'moving')),
  add column key_ids bytea[] not null default '{}',
  add column changed_at timestamptz not null default clock_timestamp();
create index tenant_key_changed on tenant_key (changed_at);
create policy worker on tenant_key to current_user using (true) with check (true);
grant update (wrapped_data_key) on subject to cs_enrollment;

-- What changed since a moment, of all tenants: every process learns of a new key before it wraps.
create function tenant_keys_changed(p_since timestamptz) returns table (tenant uuid, wrapped bytea, changed_at timestamptz)
  language sql stable security definer set search_path from current as $$
  select k.tenant, k.wrapped, k.changed_at from tenant_key k where k.changed_at > p_since order by k.changed_at
$$;

-- A page of all tenants' keys that are not under this version of the wrapping key, told by what stands in front of them.
create function tenant_keys_page(p_after uuid, p_limit integer) returns table (tenant uuid, wrapped bytea)
  language sql stable security definer set search_path from current as $$
  select k.tenant, k.wrapped from tenant_key k where k.tenant > p_after order by k.tenant limit p_limit
$$;

-- Replaces what is stored, if it is still what the caller read. @returns whether it was
create function tenant_key_replace(p_tenant uuid, p_before bytea, p_after bytea, p_stage text, p_key_ids bytea[])
  returns boolean language plpgsql security definer set search_path from current as $$
begin
  update tenant_key k
     set wrapped = p_after, stage = coalesce(p_stage, k.stage), key_ids = coalesce(p_key_ids, k.key_ids),
         changed_at = clock_timestamp()
   where k.tenant = p_tenant and k.wrapped = p_before;
  return found;
end $$;

-- Drops the earlier key, unless a data key is still under it: whoever stores one meanwhile waits for this, and is refused.
create function tenant_key_retire(p_tenant uuid, p_before bytea, p_after bytea, p_key_id bytea)
  returns boolean language plpgsql security definer set search_path from current as $$
begin
  perform from tenant_key k where k.tenant = p_tenant for update;
  if exists (select from subject s where s.tenant = p_tenant and substr(s.wrapped_data_key, 2, 4) <> p_key_id) then
    return false;
  end if;
  return tenant_key_replace(p_tenant, p_before, p_after, 'settled', array[p_key_id]);
end $$;

-- No data key is stored under a key that is gone, by a process that has slept through the change.
create function data_key_is_held() returns trigger
  language plpgsql security definer set search_path from current as $$
declare
  v_ids bytea[];
begin
  select k.key_ids into v_ids from tenant_key k where k.tenant = new.tenant for key share;
  if cardinality(v_ids) > 0 and not substr(new.wrapped_data_key, 2, 4) = any (v_ids) then
    raise exception using errcode = '55P03', message = 'the data key is under a tenant key that was replaced';
  end if;
  return new;
end $$;
create trigger data_key_is_held before insert or update of wrapped_data_key on subject
  for each row execute function data_key_is_held();

-- The same for the secret behind keyed hashes: the secret stays, what wraps it changes.
create function keyed_hash_secret_replace(p_before bytea, p_after bytea) returns boolean
  language plpgsql security definer set search_path from current as $$
begin
  update keyed_hash_secret set wrapped = p_after where wrapped = p_before;
  return found;
end $$;
