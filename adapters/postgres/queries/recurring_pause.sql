-- Pauses a recurring job.
-- $1 text: key; $2 text: by; $3 text: note; $4 timestamptz: until; null: until somebody resumes it
-- One row: done bool (false: that time is over); none: it is not known
WITH done AS (
    UPDATE {schema}.recurring AS r
    SET paused_at = statement_timestamp(), paused_by = $2::text, pause_note = $3::text, paused_until = $4::timestamptz,
        version = nextval('{schema}.recurring_version')
    WHERE r.key = $1::text AND r.removed_at IS NULL AND coalesce($4::timestamptz > statement_timestamp(), true)
    RETURNING true
)
SELECT EXISTS (SELECT FROM done) AS done FROM {schema}.recurring r WHERE r.key = $1::text AND r.removed_at IS NULL
