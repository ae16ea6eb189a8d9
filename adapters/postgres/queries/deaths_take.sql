-- Assigns dead jobs whose Death interceptors nobody else live is about to run. Of each kind it looks at the
-- first that are free, so it costs nothing for those of other kinds.
-- $1 int: bucket; $2 bigint: worker; $3 text[]: kinds; $4 int: at most so many; $5 uuid[]: jobs that it has in hand
-- Rows: job_id uuid
WITH free AS MATERIALIZED (
    SELECT d.job_id
    FROM unnest($3::text[]) AS k (kind)
    CROSS JOIN LATERAL (
        SELECT d.job_id FROM {schema}.death d
        WHERE d.bucket = $1::int AND d.kind = k.kind AND d.kind <> ''
            AND d.job_id <> ALL($5::uuid[]) AND (d.worker IS NULL OR d.worker = $2::bigint OR (
                SELECT true FROM {schema}.worker w
                WHERE w.number = d.worker AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()) IS NULL)
        ORDER BY d.job_id
        LIMIT $4::int
    ) d
    ORDER BY d.job_id
    LIMIT $4::int
), picked AS MATERIALIZED (
    SELECT d.job_id FROM {schema}.death d
    WHERE d.bucket = $1::int AND d.job_id = ANY(ARRAY(SELECT f.job_id FROM free f))
        AND (d.worker IS NULL OR d.worker = $2::bigint OR (
            SELECT true FROM {schema}.worker w
            WHERE w.number = d.worker AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()) IS NULL)
    ORDER BY d.job_id
    FOR UPDATE SKIP LOCKED
)
UPDATE {schema}.death d SET worker = $2::bigint
WHERE d.bucket = $1::int AND d.job_id = ANY(ARRAY(SELECT p.job_id FROM picked p))
RETURNING d.job_id
