-- Lists the jobs held by a worker that somebody wants to end.
-- $1 int: bucket; $2 bigint: worker
-- Rows: job_id uuid
SELECT c.job_id
FROM {schema}.cancel_request c
WHERE c.bucket = $1::int AND EXISTS (
    SELECT FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id >= $2::bigint << 36 AND l.id < ($2::bigint + 1) << 36
        AND c.job_id = ANY(l.job_ids))
ORDER BY c.job_id
