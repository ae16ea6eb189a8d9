-- Removes a recurring job. The row tells code, if that declares it, to let it be.
-- $1 text: key
-- One row if there was one: key text
UPDATE {schema}.recurring AS r
SET removed_at = statement_timestamp(), held_at = NULL, last_slot = NULL, last_job = NULL,
    paused_at = NULL, paused_by = '', pause_note = '', paused_until = NULL,
    version = nextval('{schema}.recurring_version')
WHERE r.key = $1::text AND r.removed_at IS NULL
RETURNING r.key
