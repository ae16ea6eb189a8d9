-- Ends a worker's life.
-- $1 bigint: number
UPDATE {schema}.worker w SET stopped_at = clock_timestamp(), live_until = least(w.live_until, clock_timestamp()), running = 0
WHERE w.number = $1::bigint AND w.stopped_at IS NULL
