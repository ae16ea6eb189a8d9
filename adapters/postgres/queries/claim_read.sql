-- Reads the facts of a claimed batch, after its commit, in the order of the lease. Each by its key: of a list of
-- keys a plan that was made while the table was small reads the whole index and filters.
-- $1 int: bucket; $2 bigint: lease
-- Rows: the facts of a job, then run_at
SELECT j.*
FROM {schema}.lease l
CROSS JOIN LATERAL unnest(l.job_ids) AS u (id)
CROSS JOIN LATERAL (
    SELECT j.id, j.kind, j.queue, j.priority, j.payload, j.params, j.tags, j.max_retries, j.retry, j.timeout_us,
        j.deadline, j.display_name, j.unique_key, j.unique_for_us, j.created_at, j.run_at
    FROM {schema}.job j
    WHERE j.bucket = $1::int AND j.id = u.id
    LIMIT 1
) j
WHERE l.bucket = $1::int AND l.id = $2::bigint
