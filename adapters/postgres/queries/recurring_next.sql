-- Asks for the time, and how long until a recurring job falls due that is not due yet.
-- One row: now timestamptz, next_us bigint; null: none will
SELECT statement_timestamp() AS now, (
    SELECT (extract(epoch FROM min(greatest(r.next_at, r.paused_until)) - statement_timestamp()) * 1000000)::bigint
    FROM {schema}.recurring r
    WHERE r.removed_at IS NULL AND (r.paused_at IS NULL OR r.paused_until IS NOT NULL)
        AND greatest(r.next_at, r.paused_until) > statement_timestamp()
) AS next_us
