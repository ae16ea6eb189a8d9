-- Reads what is stored under ids, to tell a repeated enqueue from a conflict.
-- $1 int: bucket; $2 text: a JSON array of ids
-- Rows: the facts of a job as text and numbers, times in microseconds since 1970
SELECT j.id::text, j.kind, j.queue, j.priority, j.payload::text, j.params::text, j.max_retries, j.retry,
    j.timeout_us, (extract(epoch FROM j.deadline) * 1000000)::bigint, j.display_name, j.unique_key,
    j.unique_for_us, (extract(epoch FROM j.created_at) * 1000000)::bigint, (extract(epoch FROM j.run_at) * 1000000)::bigint
FROM json_array_elements_text($2::text::json) AS i (id)
CROSS JOIN LATERAL (
    SELECT * FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = i.id::uuid LIMIT 1
) j
