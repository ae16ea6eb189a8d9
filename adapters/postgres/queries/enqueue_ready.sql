-- Makes jobs of one queue, kind and priority enqueued that this transaction has stored without the trigger, and that
-- are due by its time.
-- $1 int: bucket; $2 bigint: queue; $3 bigint: kind; $4 smallint: priority; $5 uuid[]: the jobs, in order
INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes, more)
SELECT $1::int, $2::bigint, $3::bigint, ~$4::smallint, now(), p.id, (SELECT r.last_value FROM {schema}.ring r), 0, 0, 0, 0, p.more
FROM {schema}.packs($5::uuid[]) p
