-- When the list that is held was last changed, as its source said (Last-Modified); null: it did not say.
alter table android_status add column modified_at timestamptz;

-- How the look went. A file that nobody renews is found unchanged for ever: it is as old as it says.
-- @param p_as_of when what was found is from; null: from now
create function android_status_checked(p_failure text, p_due_seconds integer, p_as_of timestamptz) returns void
  language sql as $$
  update android_status
     set failure = p_failure, due_at = clock_timestamp() + make_interval(secs => p_due_seconds),
         checked_at = case when p_failure = '' then least(p_as_of, clock_timestamp()) else checked_at end
$$;

-- Keeps a list that says something else than the one held, unless both say of when they are and it is the older one.
-- @param p_modified_at null: it does not say; a time to come counts as now, so that it holds up no later list
-- @returns stored, known or older
create function android_status_store(p_digest text, p_document text, p_modified_at timestamptz) returns text
  language plpgsql as $$
declare
  v_held android_status;
  v_modified_at constant timestamptz := case when p_modified_at is not null then least(p_modified_at, clock_timestamp()) end;
begin
  select * into strict v_held from android_status for update;
  if v_held.digest = p_digest then
    update android_status set modified_at = greatest(modified_at, v_modified_at);
    return 'known';
  elsif v_modified_at < v_held.modified_at then
    return 'older';
  end if;
  update android_status set no = no + 1, digest = p_digest, document = p_document, modified_at = v_modified_at;
  return 'stored';
end $$;
