-- Who has no source of revoked Android keys says null and judges without them. As 0 it stood behind whoever had judged by a
-- list before: once the setting was taken away nobody judged any device again, by metadata neither.
create or replace function metadata_judgement_claim(
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
    update metadata_judgement j set status_no = coalesce(p_status_no, 0) where j.tenant = p_tenant;
  end if;
  return v_outcome;
end $$;
