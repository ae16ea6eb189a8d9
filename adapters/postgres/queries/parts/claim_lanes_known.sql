-- Lanes that are known, and when the first job of each was due; null: there is none. In the order of known.
-- $1 int: bucket
lane (queue_id, kind_id, rank, head) AS MATERIALIZED (
    SELECT k.queue_id, k.kind_id, k.rank, f.run_at
    FROM live l
    CROSS JOIN known k
    LEFT JOIN LATERAL (
        SELECT r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = k.queue_id AND r.kind_id = k.kind_id AND r.rank = k.rank
            AND r.run_at >= k.floor
        ORDER BY r.run_at LIMIT 1
    ) f ON true
    WHERE l.room > 0
)
