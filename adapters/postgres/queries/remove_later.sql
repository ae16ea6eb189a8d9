-- Takes one job out of later. Needs the lock of the bucket.
-- $1 int: bucket; $2 timestamptz: run_at; $3 uuid: job
-- One row: jobs bigint taken out, 1 or 0
WITH gone AS (
    DELETE FROM {schema}.later l WHERE l.bucket = $1::int AND l.run_at = $2::timestamptz AND l.id = $3::uuid
    RETURNING l.id
)
SELECT count(*) AS jobs FROM gone
