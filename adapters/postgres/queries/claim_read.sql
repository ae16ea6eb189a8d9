-- Reads the facts of a claimed batch, after its commit, in run order.
-- $1 int: bucket; $2 bigint: lease
-- Rows: the facts of a job, then run_at, claimed_at, seq, attempt, failures, crashes
SELECT j.id, j.kind, j.queue, j.priority, j.payload, j.params, j.tags, j.max_retries, j.retry, j.timeout_us,
    j.deadline, j.display_name, j.unique_key, j.unique_for_us, j.created_at,
    coalesce(u.run_at, j.run_at) AS run_at, l.claimed_at, coalesce(u.seq, 0) AS seq,
    coalesce(u.attempt, 1) AS attempt, coalesce(u.failures, 0) AS failures, coalesce(u.crashes, 0) AS crashes
FROM {schema}.lease l
CROSS JOIN LATERAL unnest(l.job_ids, l.seqs, l.attempts, l.failures, l.crashes, l.run_ats)
    WITH ORDINALITY AS u (job_id, seq, attempt, failures, crashes, run_at, place)
CROSS JOIN LATERAL (
    SELECT j.id, j.kind, j.queue, j.priority, j.payload, j.params, j.tags, j.max_retries, j.retry, j.timeout_us,
        j.deadline, j.display_name, j.unique_key, j.unique_for_us, j.created_at, j.run_at
    FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = u.job_id LIMIT 1
) j
WHERE l.bucket = $1::int AND l.id = $2::bigint
ORDER BY u.place
