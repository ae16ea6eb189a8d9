-- Whose claim it is, and how many jobs its lease has room for; no row: the worker is not live, or the lease was
-- recalled.
-- $1 int: bucket; $2 bigint: lease; $3 int: how many jobs the lease may hold
live AS MATERIALIZED (
    SELECT w.id, CASE WHEN w.paused_at IS NULL AND w.draining_at IS NULL THEN $3::int -
        coalesce((SELECT cardinality(l.job_ids) FROM {schema}.lease l
            WHERE l.bucket = $1::int AND l.id = $2::bigint), 0) ELSE 0 END AS room
    FROM {schema}.worker w
    WHERE w.number = $2::bigint >> 36 AND w.stopped_at IS NULL AND w.live_until > clock_timestamp() AND w.recalled < $2::bigint
)
