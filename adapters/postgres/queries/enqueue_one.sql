-- Stores one job that is due now, without a deadline or a unique key: the usual case of enqueue_due.sql, in two thirds
-- of its time. Stores none if the queue or kind is new or the id is not.
-- $1 int: bucket; $2 text: id; $3 text: kind; $4 text: queue; $5 int: priority; $6 text: payload, JSON
-- $7 text: parameters, JSON, or empty; $8 text: tags, a JSON array, or empty; $9 int: max_retries
-- $10 text: retry policy, or empty; $11 bigint: timeout in microseconds, or 0; $12 text: display name, or empty
-- $13 text: in somebody else's transaction, a JSON array of hints to be announced at its commit; in one of our own, empty
-- One row: at timestamptz, stored bigint, direct text, told int
WITH direct AS MATERIALIZED (
    SELECT set_config('tasktower.direct', 'on', true)
), known AS MATERIALIZED (
    SELECT (SELECT q.id FROM {schema}.queue q WHERE q.name = $4::text LIMIT 1) AS queue_id,
        (SELECT k.id FROM {schema}.kind k WHERE k.name = $3::text LIMIT 1) AS kind_id
), stored AS (
    INSERT INTO {schema}.job (bucket, id, kind, queue, priority, payload, params, tags, max_retries, retry,
        timeout_us, display_name, created_at, run_at)
    SELECT $1::int, $2::text::uuid, $3::text, $4::text, $5::int::smallint, $6::text::json, nullif($7::text, '')::json,
        CASE WHEN $8::text <> '' THEN ARRAY(SELECT json_array_elements_text($8::text::json)) END,
        $9::int::smallint, nullif($10::text, ''), nullif($11::bigint, 0), nullif($12::text, ''), now(), now()
    FROM known n
    WHERE (SELECT count(*) FROM direct) = 1 AND n.queue_id IS NOT NULL AND n.kind_id IS NOT NULL
    ON CONFLICT (bucket, id) DO NOTHING
    RETURNING id
), due AS (
    INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes)
    SELECT $1::int, n.queue_id, n.kind_id, ~($5::int::smallint), now(), s.id, (SELECT r.last_value FROM {schema}.ring r), 0, 0, 0, 0
    FROM known n CROSS JOIN stored s
)
SELECT now() AS at, count(*) AS stored,
    -- Not before everything is stored: what else the transaction stores is left to the trigger.
    set_config('tasktower.direct', 'off', true) AS direct,
    CASE WHEN $13::text <> '' AND count(*) > 0 THEN {schema}.announce_at_commit($13::text::json) ELSE 0 END AS told
FROM stored
