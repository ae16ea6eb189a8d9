-- Moves a recurring job on, if it is as it was seen. Its jobs are inserted in the same transaction.
-- $1 text: key; $2 bigint: the version seen; $3 timestamptz: next; $4 timestamptz: held, or null;
-- $5 timestamptz: the latest instant that enqueues a job, or null; $6 uuid: that job, or null
-- One row if it was: key text
UPDATE {schema}.recurring AS r
SET next_at = $3::timestamptz, held_at = $4::timestamptz,
    last_slot = coalesce($5::timestamptz, r.last_slot), last_job = coalesce($6::uuid, r.last_job),
    paused_at = NULL, paused_by = '', pause_note = '', paused_until = NULL,
    version = nextval('{schema}.recurring_version')
WHERE r.key = $1::text AND r.version = $2::bigint
RETURNING r.key
