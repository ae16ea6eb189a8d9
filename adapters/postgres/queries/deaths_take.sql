-- Assigns dead jobs whose Death interceptors nobody else live is about to run.
-- $1 int: bucket; $2 bigint: worker; $3 text[]: kinds; $4 int: at most so many
-- Rows: job_id uuid
WITH picked AS MATERIALIZED (
    SELECT d.job_id
    FROM {schema}.death d
    WHERE d.bucket = $1::int
        AND (d.worker IS NULL OR d.worker <> $2::bigint AND NOT EXISTS (
            SELECT FROM {schema}.worker w
            WHERE w.number = d.worker AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()))
        AND (SELECT j.kind FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = d.job_id LIMIT 1) = ANY($3::text[])
    ORDER BY d.job_id
    LIMIT $4::int
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE {schema}.death d SET worker = $2::bigint
FROM picked p
WHERE d.bucket = $1::int AND d.job_id = p.job_id
RETURNING d.job_id
