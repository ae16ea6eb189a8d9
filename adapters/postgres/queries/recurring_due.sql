-- Lists recurring jobs that are not paused and whose instant has come, the earliest first, and behind them those that hold one.
-- $1 int: at most so many
-- Rows: see recurringRow
SELECT r.key, r.spec, r.zone, r.misfire, r.overlap, r.job, r.declared, r.version, r.anchor, r.since, r.next_at, r.held_at,
    r.paused_at, r.paused_by, r.pause_note, r.paused_until, r.last_slot, r.last_job
FROM {schema}.recurring r
WHERE r.removed_at IS NULL AND (r.paused_at IS NULL OR r.paused_until <= statement_timestamp())
    AND (coalesce(r.next_at, '-infinity') <= statement_timestamp() OR r.held_at IS NOT NULL)
ORDER BY coalesce(r.next_at, '-infinity'), r.key
LIMIT $1::int
