-- Takes out the jobs whose deadline has passed, earliest first. Needs the lock of the bucket.
-- $1 int: bucket; $2 int: at most so many
-- Rows: job_id uuid
WITH picked AS MATERIALIZED (
    SELECT d.ctid AS tid, d.job_id
    FROM {schema}.deadline d
    WHERE d.bucket = $1::int AND d.at <= statement_timestamp()
    ORDER BY d.at, d.job_id
    LIMIT $2::int
), gone AS (
    DELETE FROM {schema}.deadline d WHERE d.ctid = ANY(ARRAY(SELECT p.tid FROM picked p))
)
SELECT DISTINCT p.job_id FROM picked p
