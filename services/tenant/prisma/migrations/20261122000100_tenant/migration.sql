-- The number of the last change, over all tenants. Every change holds this row until it commits, so numbers follow the
-- order of the commits and none becomes visible after a higher one.
create table change_sequence (
  id smallint primary key default 1 check (id = 1),
  value bigint not null
);
insert into change_sequence (value) values (0);

create table tenant (
  tenant uuid primary key,
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{0,38}[a-z0-9]$'),
  name text not null,
  rp_id text not null,
  -- The version in force; every version is kept in `policy_version`.
  policy_version integer not null check (policy_version >= 1),
  -- Rises by one with every change of the tenant.
  snapshot_version integer not null default 0 check (snapshot_version >= 0),
  created_at timestamptz not null default clock_timestamp()
);

create table policy_version (
  tenant uuid not null,
  version integer not null check (version >= 1),
  document jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant, version)
);

-- A tenant appears with its first policy; neither can commit without the other.
alter table tenant add foreign key (tenant, policy_version) references policy_version (tenant, version)
  deferrable initially deferred;
alter table policy_version add foreign key (tenant) references tenant (tenant) deferrable initially deferred;

create table application (
  client_id text primary key,
  tenant uuid not null references tenant (tenant),
  name text not null,
  type text not null check (type in ('web', 'native', 'server')),
  origins text[] not null,
  scopes text[] not null,
  -- base64url SHA-256 of the client secret.
  secret_hash text check (secret_hash ~ '^[A-Za-z0-9_-]{43}$'),
  jwks jsonb,
  created_at timestamptz not null default clock_timestamp(),
  check (type = 'server' or (secret_hash is null and jwks is null))
);
create index application_tenant on application (tenant);

-- Who of the built-in tenant may act for this one.
create table operator (
  tenant uuid not null references tenant (tenant),
  subject uuid not null,
  roles text[] not null check (cardinality(roles) >= 1),
  added_at timestamptz not null default clock_timestamp(),
  primary key (tenant, subject)
);

-- The newest snapshot of each tenant, signed once, when it was made.
create table signed_snapshot (
  tenant uuid primary key references tenant (tenant),
  version integer not null check (version >= 1),
  sequence bigint not null unique,
  key_id text not null,
  jws text not null check (octet_length(jws) <= 524288)
);

do $$
declare
  v_table text;
begin
  foreach v_table in array array['tenant', 'policy_version', 'application', 'operator', 'signed_snapshot'] loop
    execute format('alter table %I enable row level security', v_table);
    execute format('alter table %I force row level security', v_table);
    execute format($policy$
      create policy tenant_isolation on %I
        using (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
        with check (tenant = nullif(current_setting('app.tenant', true), '')::uuid)
    $policy$, v_table);
  end loop;
end $$;

grant select, update (value) on change_sequence to cs_tenant;
grant select, insert, update (policy_version, snapshot_version) on tenant to cs_tenant;
grant select, insert on policy_version to cs_tenant;
grant select, insert, update (origins) on application to cs_tenant;
grant select, insert, update (roles) on operator to cs_tenant;
grant select, insert, update (version, sequence, key_id, jws) on signed_snapshot to cs_tenant;

-- What the control plane reads across tenants, and nothing else may: these functions run as the owner.
create policy listing on tenant for select to current_user using (true);
create policy listing on signed_snapshot for select to current_user using (true);

create function tenant_by_slug(p_slug text) returns table (tenant uuid, rp_id text)
  language sql stable security definer set search_path from current
  as $$ select t.tenant, t.rp_id from tenant t where t.slug = p_slug $$;

create function tenants_after(p_slug text, p_limit integer)
  returns table (tenant uuid, slug text, name text, rp_id text, created_at timestamptz)
  language sql stable security definer set search_path from current
  as $$
    select t.tenant, t.slug, t.name, t.rp_id, t.created_at from tenant t
    where t.slug > p_slug collate "C" order by t.slug collate "C" limit p_limit
  $$;

-- Snapshots newer than a number, in order, until their bytes reach the bound; the first always goes.
create function snapshots_after(p_after bigint, p_limit integer, p_bytes bigint) returns table (sequence bigint, jws text)
  language sql stable security definer set search_path from current
  as $$
    select page.sequence, page.jws
    from (
      select s.sequence, s.jws,
             sum(octet_length(s.jws)) over (order by s.sequence) as bytes,
             row_number() over (order by s.sequence) as place
      from (select * from signed_snapshot x where x.sequence > p_after order by x.sequence limit p_limit) s
    ) page
    where page.bytes <= p_bytes or page.place = 1
    order by page.sequence
  $$;

create function snapshots_of_other_keys(p_key_id text) returns table (tenant uuid)
  language sql stable security definer set search_path from current
  as $$ select s.tenant from signed_snapshot s where s.key_id <> p_key_id order by s.sequence $$;
