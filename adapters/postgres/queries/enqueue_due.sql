-- Stores jobs that are due now, without a deadline or a unique key: what the trigger does for others is done
-- here. Stores none if a queue or kind is new, or if in somebody else's transaction an id is not; in one of our
-- own an id that exists breaks the primary key.
-- $1 int: bucket; $2 text: a JSON array of specs; see specRow; $3 text: in somebody else's transaction, a JSON
-- array of hints to be announced at its commit; in one of our own, empty
-- One row: at timestamptz, stored bigint, direct text, told int
WITH direct AS MATERIALIZED (
    SELECT set_config('tasktower.direct', 'on', true)
), input AS MATERIALIZED (
    SELECT i.*, (SELECT q.id FROM {schema}.queue q WHERE q.name = i.queue LIMIT 1) AS queue_id,
        (SELECT k.id FROM {schema}.kind k WHERE k.name = i.kind LIMIT 1) AS kind_id
    FROM json_to_recordset($2::text::json) AS i (
        id uuid, kind text, queue text, priority smallint, payload json, params json, tags text[],
        max_retries smallint, retry text, timeout_us bigint, display_name text)
), stored AS (
    INSERT INTO {schema}.job (bucket, id, kind, queue, priority, payload, params, tags, max_retries, retry,
        timeout_us, display_name, created_at, run_at)
    SELECT $1::int, i.id, i.kind, i.queue, i.priority, coalesce(i.payload, 'null'), i.params, i.tags, i.max_retries, i.retry,
        i.timeout_us, i.display_name, now(), now()
    FROM input i
    WHERE (SELECT count(*) FROM direct) = 1
        AND NOT EXISTS (SELECT FROM input o WHERE o.queue_id IS NULL OR o.kind_id IS NULL)
        AND ($3::text = '' OR NOT (SELECT {schema}.any_stored(array_agg(o.id)) FROM input o))
    RETURNING id
), due AS (
    INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes, more)
    SELECT $1::int, n.queue_id, n.kind_id, ~n.priority, now(), p.id, (SELECT r.last_value FROM {schema}.ring r), 0, 0, 0, 0, p.more
    FROM (
        SELECT i.queue_id, i.kind_id, i.priority, array_agg(i.id ORDER BY i.id) AS ids
        FROM input i
        GROUP BY i.queue_id, i.kind_id, i.priority
    ) n
    CROSS JOIN LATERAL {schema}.packs(n.ids) p
    WHERE (SELECT count(*) FROM stored) > 0
)
SELECT now() AS at, count(*) AS stored,
    -- Not before everything is stored: what else the transaction stores is left to the trigger.
    set_config('tasktower.direct', 'off', true) AS direct,
    CASE WHEN $3::text <> '' AND count(*) > 0 THEN {schema}.announce_at_commit($3::text::json) ELSE 0 END AS told
FROM stored
