-- The lanes that hold jobs, and when the first of each was due; found by stepping over the index.
-- $1 int: bucket
lane (queue_id, kind_id, rank, head) AS (
    SELECT f.queue_id, f.kind_id, f.rank, f.run_at
    FROM live l
    CROSS JOIN LATERAL (
        SELECT r.queue_id, r.kind_id, r.rank, r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int
        ORDER BY r.queue_id, r.kind_id, r.rank, r.run_at LIMIT 1
    ) f
    WHERE l.room > 0
    UNION ALL
    SELECT f.queue_id, f.kind_id, f.rank, f.run_at
    FROM lane l
    CROSS JOIN LATERAL (
        SELECT r.queue_id, r.kind_id, r.rank, r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int AND (r.queue_id, r.kind_id, r.rank) > (l.queue_id, l.kind_id, l.rank)
        ORDER BY r.queue_id, r.kind_id, r.rank, r.run_at LIMIT 1
    ) f
)
