-- Lists workers that are live or were within the last day, newest first.
-- Rows: id text, number bigint, host text, pid bigint, version text, queues text[], kinds text[], slots int,
-- running int, overstaying int, heartbeat_us bigint, started_at, beat_at, live_until, draining_at, stopped_at
-- (null: not by itself), paused_at timestamptz, paused_by text, pause_note text, now timestamptz, terms json
SELECT w.id, w.number, w.host, w.pid, w.version, w.queues, w.kinds, w.slots, w.running, w.overstaying, w.heartbeat_us,
    w.started_at, w.beat_at, w.live_until, w.draining_at, CASE WHEN NOT w.given_up THEN w.stopped_at END,
    w.paused_at, w.paused_by, w.pause_note, clock_timestamp(), w.terms
FROM {schema}.worker w
WHERE w.live_until > clock_timestamp() - interval '1 day'
ORDER BY w.number DESC
