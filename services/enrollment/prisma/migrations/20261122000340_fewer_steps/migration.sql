-- A plan kept from the day the table was empty read every credential for each batch of sign-ins.
alter function learn_last_use(uuid[], uuid[], timestamptz[]) set enable_seqscan = off;
alter function learn_last_use(uuid[], uuid[], timestamptz[]) set enable_hashjoin = off;
alter function learn_last_use(uuid[], uuid[], timestamptz[]) set enable_mergejoin = off;

-- As before, with the tenant set by an expression: `perform` runs a statement of its own for it.
create or replace function find_allowed(p_tenant uuid, p_reference_hash bytea, p_subject uuid)
  returns table (subject uuid, credential_id bytea, transports text[])
  language plpgsql as $$
#variable_conflict use_column
declare
  v_tenant constant text := set_config('app.tenant', p_tenant::text, true);
begin
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
