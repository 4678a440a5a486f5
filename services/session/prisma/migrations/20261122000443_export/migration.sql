-- A person's sessions for an export, oldest first, ended ones included. Ended sessions have an index of their own: it is
-- written when a session ends, and no sign-in pays for it.
create index session_ended_of_subject on session (tenant, subject, id) where ended_at is not null;

create function session_export(p_tenant uuid, p_subject uuid, p_after uuid, p_limit integer) returns setof session
  language plpgsql set enable_seqscan = off as $$
begin
  perform set_config('app.tenant', p_tenant::text, true);
  return query
    select * from (
      select s.* from session s
       where s.tenant = p_tenant and s.subject = p_subject and s.ended_at is null and s.id > p_after
      union all
      select s.* from session s
       where s.tenant = p_tenant and s.subject = p_subject and s.ended_at is not null and s.id > p_after) found
     order by found.id limit p_limit;
end $$;
