-- Lists the queues and kinds of enqueued jobs, found by stepping over the index, bytewise.
-- $1 int: bucket
-- Rows: queue text, kind text
WITH RECURSIVE lane (queue_id, kind_id) AS (
    SELECT f.queue_id, f.kind_id
    FROM (
        SELECT r.queue_id, r.kind_id FROM {schema}.ready r
        WHERE r.bucket = $1::int
        ORDER BY r.queue_id, r.kind_id LIMIT 1
    ) f
    UNION ALL
    SELECT f.queue_id, f.kind_id
    FROM lane l
    CROSS JOIN LATERAL (
        SELECT r.queue_id, r.kind_id FROM {schema}.ready r
        WHERE r.bucket = $1::int AND (r.queue_id, r.kind_id) > (l.queue_id, l.kind_id)
        ORDER BY r.queue_id, r.kind_id LIMIT 1
    ) f
)
SELECT n.queue, n.kind
FROM (
    SELECT (SELECT q.name FROM {schema}.queue q WHERE q.id = l.queue_id LIMIT 1) AS queue,
        (SELECT k.name FROM {schema}.kind k WHERE k.id = l.kind_id LIMIT 1) AS kind
    FROM lane l
) n
ORDER BY n.queue, n.kind
