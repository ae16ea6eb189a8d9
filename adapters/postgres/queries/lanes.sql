-- Looks for lanes that hold jobs, past everything that is dead. Locks nothing.
-- $1 int: bucket
-- Rows: queue_id bigint, kind_id bigint, rank smallint, head timestamptz (when the first job was due)
WITH RECURSIVE step (queue_id, kind_id, rank, head) AS (
    SELECT f.queue_id, f.kind_id, f.rank, f.run_at
    FROM (
        SELECT r.queue_id, r.kind_id, r.rank, r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int
        ORDER BY r.queue_id, r.kind_id, r.rank, r.run_at LIMIT 1
    ) f
    UNION ALL
    SELECT f.queue_id, f.kind_id, f.rank, f.run_at
    FROM step l
    CROSS JOIN LATERAL (
        SELECT r.queue_id, r.kind_id, r.rank, r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int AND (r.queue_id, r.kind_id, r.rank) > (l.queue_id, l.kind_id, l.rank)
        ORDER BY r.queue_id, r.kind_id, r.rank, r.run_at LIMIT 1
    ) f
)
SELECT s.queue_id, s.kind_id, s.rank, s.head FROM step s
