-- Reads the facts of a claimed batch, after its commit, as if its jobs were all those from its first to its
-- last: one scan costs half of what looking for each does. Who reads has to see whether they were. Of other jobs only
-- small ones come along. Where an hour or more lies between the two, which their ids tell, nothing is read: jobs in
-- between may be gone by now, and a scan passes over each of them.
-- $1 int: bucket; $2 bigint: lease
-- Rows: as claim_read.sql, by id
WITH batch AS MATERIALIZED (
    SELECT l.job_ids[1] AS first, l.job_ids[cardinality(l.job_ids)] AS last, cardinality(l.job_ids) AS jobs, l.job_ids
    FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id = $2::bigint
        AND ('x' || left(translate(l.job_ids[cardinality(l.job_ids)]::text, '-', ''), 12))::bit(48)::bigint
            - ('x' || left(translate(l.job_ids[1]::text, '-', ''), 12))::bit(48)::bigint < 3600000
)
SELECT j.*
FROM (
    SELECT j.id, j.kind, j.queue, j.priority, j.payload, j.params, j.tags, j.max_retries, j.retry, j.timeout_us,
        j.deadline, j.display_name, j.unique_key, j.unique_for_us, j.created_at, j.run_at
    FROM {schema}.job j
    WHERE j.bucket = $1::int AND j.id >= (SELECT b.first FROM batch b) AND j.id <= (SELECT b.last FROM batch b)
    ORDER BY j.id
    LIMIT (SELECT b.jobs FROM batch b)
) j
WHERE pg_column_size(j.payload) + coalesce(pg_column_size(j.params), 0) < 500
    OR (j.id IN (SELECT unnest(b.job_ids) FROM batch b)) IS TRUE
