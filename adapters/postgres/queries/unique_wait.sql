-- Locks the unique keys that jobs hold; waits for those who have locked them.
-- $1 int: bucket; $2 text: a JSON array of jobs
-- Rows: key text
WITH jobs AS MATERIALIZED (
    SELECT j.id, j.unique_key
    FROM json_array_elements_text($2::text::json) AS i (id)
    CROSS JOIN LATERAL (
        SELECT j.id, j.unique_key FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = i.id::uuid LIMIT 1
    ) j
    WHERE j.unique_key IS NOT NULL
)
SELECT u.key
FROM (SELECT j.id, j.unique_key FROM jobs j ORDER BY j.unique_key) j
CROSS JOIN LATERAL (
    SELECT u.key FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = j.unique_key AND u.job_id = j.id
    LIMIT 1
    FOR UPDATE
) u
