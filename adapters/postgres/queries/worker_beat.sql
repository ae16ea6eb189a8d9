-- Renews a worker's life.
-- $1 bigint: number; $2 int: running; $3 int: overstaying; $4 bigint: live for so many microseconds
-- $5 int: slots that it has chosen, 0: none; $6 bool: it drains
-- One row: slots int, paused bool, paused_by text, pause_note text, drain bool; none: the worker was given up
UPDATE {schema}.worker w
SET running = $2::int, overstaying = $3::int, beat_at = clock_timestamp(),
    live_until = clock_timestamp() + $4::bigint * interval '1 microsecond',
    slots = coalesce(nullif($5::int, 0), w.slots),
    draining_at = CASE WHEN $6::bool THEN coalesce(w.draining_at, clock_timestamp()) ELSE w.draining_at END
WHERE w.number = $1::bigint AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()
RETURNING w.slots, w.paused_at IS NOT NULL, w.paused_by, w.pause_note, w.draining_at IS NOT NULL
