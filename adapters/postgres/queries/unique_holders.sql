-- Says who holds unique keys.
-- $1 int: bucket; $2 text: a JSON array of keys
-- Rows: key text, holder text
SELECT u.key, u.job_id::text
FROM json_array_elements_text($2::text::json) AS i (key)
CROSS JOIN LATERAL (
    SELECT u.key, u.job_id FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = i.key LIMIT 1
) u
