-- Locks the unique keys that jobs hold; waits for those who have locked them.
-- $1 int: bucket; $2 text: a JSON array of jobs
-- Rows: key text
WITH jobs AS MATERIALIZED (
    SELECT j.id, j.unique_key FROM {schema}.job j
    WHERE j.bucket = $1::int AND j.id = ANY(ARRAY(SELECT i.id::uuid FROM json_array_elements_text($2::text::json) AS i (id)))
)
SELECT u.key FROM {schema}.unique_key u
WHERE u.bucket = $1::int AND u.key = ANY(ARRAY(SELECT j.unique_key FROM jobs j)) AND u.job_id = ANY(ARRAY(SELECT j.id FROM jobs j))
ORDER BY u.key
FOR UPDATE
