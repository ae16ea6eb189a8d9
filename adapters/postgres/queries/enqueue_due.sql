-- Stores jobs that are due now, without a deadline or a unique key, in a transaction of their own: what the
-- trigger does for others is done here. Stores none if a queue or kind is new; an id that exists breaks the
-- primary key.
-- $1 int: bucket; $2 text: a JSON array of specs; see specRow
-- One row: at timestamptz, stored bigint
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
    WHERE (SELECT count(*) FROM direct) = 1 AND NOT EXISTS (
        SELECT FROM input o WHERE o.queue_id IS NULL OR o.kind_id IS NULL)
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
SELECT now() AS at, count(*) AS stored FROM stored
