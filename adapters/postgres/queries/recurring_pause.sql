-- Pauses a recurring job.
-- $1 text: key; $2 text: by; $3 text: note; $4 timestamptz: until; null: until somebody resumes it
-- One row if there is one: key text
UPDATE {schema}.recurring AS r
SET paused_at = statement_timestamp(), paused_by = $2::text, pause_note = $3::text, paused_until = $4::timestamptz,
    version = nextval('{schema}.recurring_version')
WHERE r.key = $1::text
RETURNING r.key
