-- Lists the recurring jobs by key.
-- Rows: see recurringRow
SELECT r.key, r.spec, r.zone, r.misfire, r.overlap, r.job, r.declared, r.version, r.anchor, r.since, r.next_at, r.held_at,
    r.paused_at, r.paused_by, r.pause_note, r.paused_until, r.last_slot, r.last_job
FROM {schema}.recurring r
WHERE r.removed_at IS NULL
ORDER BY r.key
