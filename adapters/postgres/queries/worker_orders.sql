-- Tells what a worker is asked to do.
-- $1 bigint: number
-- One row: slots int, paused bool, paused_by text, pause_note text, drain bool; none: the worker was given up
SELECT w.slots, w.paused_at IS NOT NULL, w.paused_by, w.pause_note, w.draining_at IS NOT NULL
FROM {schema}.worker w
WHERE w.number = $1::bigint AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()
