-- Renews a worker's life.
-- $1 bigint: number; $2 int: running; $3 int: overstaying; $4 bigint: live for so many microseconds
-- One row: true; none: the worker was given up
UPDATE {schema}.worker w
SET running = $2::int, overstaying = $3::int, beat_at = clock_timestamp(),
    live_until = clock_timestamp() + $4::bigint * interval '1 microsecond'
WHERE w.number = $1::bigint AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()
RETURNING true
