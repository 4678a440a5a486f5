-- An assessment asked for two lists of ids and counted them; it is told the counts. `p_refused_since` and `p_sign_ins_since`
-- are the least ids its windows can hold. The function of the same name with fewer arguments serves replicas of before.
create function signals(
  p_tenant uuid, p_subject text, p_credential uuid, p_platform text, p_kin text[], p_refused_since uuid, p_sign_ins_since uuid)
  returns table (seen_here boolean, seen_akin boolean, person_here boolean, failures integer, sign_ins integer)
  language plpgsql as $$
#variable_conflict use_column
declare
  v_tenant constant text := set_config('app.tenant', p_tenant::text, true);
begin
  return query
    select seen.here, seen.akin, seen.person,
           (select count(*)::integer from unnest(r.refused) e where e >= p_refused_since),
           (select count(*)::integer from unnest(r.sign_ins) e where e >= p_sign_ins_since)
      from (select coalesce(bool_or(s.credential = p_credential and s.platform = p_platform), false) as here,
                   coalesce(bool_or(s.credential = p_credential and s.platform = any (p_kin)), false) as akin,
                   coalesce(bool_or(s.platform = p_platform), false) as person
              from sighting s where s.tenant = p_tenant and s.subject = p_subject) seen
      left join recent r on r.tenant = p_tenant and r.subject = p_subject;
end $$;

-- The newest 100 of both lists, newest first. What is nearly always the case, one event newer than all that is held, needs
-- no sorting; what lies outside a window is not counted by who reads, so that it need not be taken out here.
create or replace function recent_merge(p_held uuid[], p_new uuid[], p_since uuid) returns uuid[]
  language plpgsql immutable as $$
begin
  if p_new is null or cardinality(p_new) = 0 then
    return p_held;
  elsif cardinality(p_new) = 1 and (cardinality(p_held) = 0 or p_new[1] > p_held[1]) then
    return (p_new || p_held)[1:100];
  end if;
  return (
    select coalesce(array_agg(e), '{}') from (
      select distinct e from unnest(p_held || p_new) e where e >= p_since order by e desc limit 100) newest);
end $$;

-- Plans are kept from the day the tables were empty: what is looked up by key goes by the key.
alter function learn(uuid[], uuid[], timestamptz[], text[], text[], uuid[], text[], uuid, uuid) set enable_seqscan = off;
alter function learn(uuid[], uuid[], timestamptz[], text[], text[], uuid[], text[], uuid, uuid) set enable_hashjoin = off;
alter function learn(uuid[], uuid[], timestamptz[], text[], text[], uuid[], text[], uuid, uuid) set enable_mergejoin = off;
