-- As claim_read.sql, in any order, from a table of some size: by one scan, which costs less.
-- $1 int: bucket; $2 bigint: lease
-- Rows: the facts of a job, then run_at
SELECT j.id, j.kind, j.queue, j.priority, j.payload, j.params, j.tags, j.max_retries, j.retry, j.timeout_us,
    j.deadline, j.display_name, j.unique_key, j.unique_for_us, j.created_at, j.run_at
FROM {schema}.job j
WHERE j.bucket = $1::int AND j.id = ANY((
    SELECT l.job_ids FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = $2::bigint)::uuid[])
