-- Issuer keys of all replicas: public halves, and the certificate by which a key of the key store vouches for each. A replica
-- puts a key here before it signs with it. Nothing is secret, and nothing is believed without its certificate.
create table issuer_key (
  kid text primary key,
  -- Of the key of caller tokens, which belongs to no tenant: the platform's own.
  tenant uuid not null,
  -- In the key store, e.g. token/<tenant>.
  name text not null,
  x text not null,
  y text not null,
  certificate text not null,
  certified_by text not null,
  created_at timestamptz not null,
  -- From then on it signs nothing.
  not_after timestamptz not null,
  -- When the replica that put it last needed the name.
  used_at timestamptz not null,
  put_at timestamptz not null default clock_timestamp()
);
create index issuer_key_of_name on issuer_key (tenant, name, not_after);
create index issuer_key_put_at on issuer_key (put_at);
create index issuer_key_not_after on issuer_key (not_after);
alter table issuer_key enable row level security;
alter table issuer_key force row level security;
create policy tenant_isolation on issuer_key
  using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
  with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid);
-- Replicas follow each other over all tenants, and what is over is cleared away: only the two functions below do so.
create policy keeper_sees on issuer_key for select to current_user using (true);
create policy keeper on issuer_key for delete to current_user using (true);
grant select, insert on issuer_key to cs_session;

create function issuer_key_put(
  p_tenant uuid, p_name text, p_kid text, p_x text, p_y text, p_certificate text, p_certified_by text,
  p_created_at timestamptz, p_not_after timestamptz, p_used_at timestamptz) returns void
  language plpgsql as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  insert into issuer_key (kid, tenant, name, x, y, certificate, certified_by, created_at, not_after, used_at)
    values (p_kid, p_tenant, p_name, p_x, p_y, p_certificate, p_certified_by, p_created_at, p_not_after, p_used_at);
end $$;

-- Those that may still have signed something that is good. @param p_outlived_by seconds
create function issuer_key_list(p_tenant uuid, p_name text, p_outlived_by integer) returns setof issuer_key
  language plpgsql set enable_seqscan = off as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query select * from issuer_key k
    where k.tenant = p_tenant and k.name = p_name
      and k.not_after > clock_timestamp() - make_interval(secs => p_outlived_by)
    order by k.created_at, k.kid;
end $$;

-- Names that somebody signs with, of the keys that were put since.
create function issuer_key_names(p_since timestamptz)
  returns table (name text, used_at timestamptz, put_at timestamptz)
  language sql stable security definer set search_path from current set enable_seqscan = off as $$
  select k.name, max(k.used_at), max(k.put_at) from issuer_key k
   where k.put_at > p_since and k.not_after > clock_timestamp() group by k.name
$$;

-- Nothing that is good refers to these any more. @returns how many are gone
create function issuer_key_sweep(p_outlived_by integer, p_limit integer) returns integer
  language plpgsql security definer set search_path from current set enable_seqscan = off as $$
declare
  v_swept integer;
begin
  if not pg_try_advisory_xact_lock(hashtext('session issuer_key_sweep')) then
    return 0;
  end if;
  delete from issuer_key where kid in (
    select k.kid from issuer_key k
     where k.not_after < clock_timestamp() - make_interval(secs => p_outlived_by) - interval '1 hour'
     order by k.not_after limit p_limit);
  get diagnostics v_swept = row_count;
  return v_swept;
end $$;
