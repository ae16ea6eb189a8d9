-- Lists workers that are live or were within the last day, newest first.
SELECT w.id, w.number, w.host, w.pid, w.version, w.queues, w.kinds, w.slots, w.running, w.started_at,
    w.beat_at, w.live_until, w.stopped_at, w.overstaying
FROM {schema}.worker w
WHERE w.live_until > clock_timestamp() - interval '1 day'
ORDER BY w.number DESC
