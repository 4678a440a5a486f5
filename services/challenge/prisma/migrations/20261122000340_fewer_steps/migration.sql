-- As before, with the tenant set by an expression: `perform` runs a statement of its own for it.
create or replace function spend(p_tenant uuid, p_id bytea, p_expires_at timestamptz) returns text
  language plpgsql as $$
declare
  v_tenant constant text := set_config('app.tenant', p_tenant::text, true);
begin
  if p_expires_at <= clock_timestamp() then
    return 'expired';
  end if;
  insert into spent (bucket, id, tenant) values (date_trunc('hour', p_expires_at, 'UTC'), p_id, p_tenant)
    on conflict do nothing;
  return case when found then 'spent now' else 'spent before' end;
end $$;
