-- Stores jobs, or none if one of the ids exists; the trigger makes them due, scheduled and announced.
-- $1 int: bucket; $2 text: a JSON array of specs; see specRow; $3 text: on: do not announce
-- One row: at timestamptz, stored bigint
WITH quiet AS MATERIALIZED (
    SELECT set_config('tasktower.quiet', $3::text, true)
), input AS MATERIALIZED (
    SELECT i.* FROM json_to_recordset($2::text::json) AS i (
        id uuid, kind text, queue text, priority smallint, payload json, params json, tags text[],
        max_retries smallint, retry text, timeout_us bigint, run_at timestamptz, delay_us bigint,
        deadline timestamptz, deadline_us bigint, display_name text, unique_key text, unique_for_us bigint)
), stored AS (
    INSERT INTO {schema}.job (bucket, id, kind, queue, priority, payload, params, tags, max_retries, retry,
        timeout_us, deadline, display_name, unique_key, unique_for_us, created_at, run_at)
    SELECT $1::int, i.id, i.kind, i.queue, i.priority, coalesce(i.payload, 'null'), i.params, i.tags, i.max_retries, i.retry,
        i.timeout_us, coalesce(i.deadline, now() + i.deadline_us * interval '1 microsecond'),
        i.display_name, i.unique_key, i.unique_for_us, now(),
        coalesce(i.run_at, now() + i.delay_us * interval '1 microsecond', now())
    FROM input i
    WHERE (SELECT count(*) FROM quiet) = 1 AND NOT (SELECT {schema}.any_stored(array_agg(o.id)) FROM input o)
    RETURNING id
)
SELECT now() AS at, count(*) AS stored FROM stored
