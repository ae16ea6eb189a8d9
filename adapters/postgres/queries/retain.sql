-- Stores how long the final jobs of kinds are kept.
-- $1 text[]: kinds, each once; $2, $3, $4 bigint[]: microseconds for completed, cancelled, dead; null: for ever
-- Rows: kind text of each that changed
INSERT INTO {schema}.retention AS r (kind, completed_us, cancelled_us, dead_us)
SELECT i.kind, i.completed_us, i.cancelled_us, i.dead_us
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS i (kind, completed_us, cancelled_us, dead_us)
ORDER BY i.kind COLLATE "C"
ON CONFLICT (kind) DO UPDATE
    SET completed_us = excluded.completed_us, cancelled_us = excluded.cancelled_us, dead_us = excluded.dead_us
    WHERE (r.completed_us, r.cancelled_us, r.dead_us) IS DISTINCT FROM
        (excluded.completed_us, excluded.cancelled_us, excluded.dead_us)
RETURNING r.kind
