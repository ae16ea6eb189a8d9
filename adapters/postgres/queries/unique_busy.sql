-- Locks the unique keys that jobs hold, but for those that others have locked, and says which these are.
-- $1 int: bucket; $2 uuid[]: jobs; $3 text[]: the key of each
-- Rows: job_id uuid
WITH mine AS MATERIALIZED (
    SELECT u.key
    FROM (SELECT i.job_id, i.key FROM unnest($2::uuid[], $3::text[]) AS i (job_id, key) ORDER BY i.key) i
    CROSS JOIN LATERAL (
        SELECT u.key FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = i.key AND u.job_id = i.job_id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) u
)
SELECT i.job_id
FROM unnest($2::uuid[], $3::text[]) AS i (job_id, key)
WHERE (SELECT true FROM mine m WHERE m.key = i.key LIMIT 1) IS NULL
    AND (SELECT true FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = i.key AND u.job_id = i.job_id LIMIT 1)
