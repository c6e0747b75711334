-- As before, but where no place is free nothing is locked, because most queues with parked runs are full, and
-- the plans are made once, and not for each of thousands of queues and keys.
create or replace function supabase_task.invite_all(
  p_after_queue text, p_after_key text, out queue text, out key text)
language plpgsql volatile set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_bitmapscan = off
set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
  queue := p_after_queue;
  key := p_after_key;
  for number in 1..100 loop
    select r.queue, coalesce(':' || r.concurrency_key, '') into queue, key
      from supabase_task.runs r
      where r.parked_order is not null
        and (r.queue, coalesce(':' || r.concurrency_key, '')) > (invite_all.queue, invite_all.key)
      order by r.queue, coalesce(':' || r.concurrency_key, '') limit 1;
    exit when not found;
    -- Whoever gives a place back meanwhile invites the next run.
    if supabase_task.free_places(queue, key) > 0 then
      perform supabase_task.try_invite(queue, key);
    end if;
  end loop;
end
$$;
