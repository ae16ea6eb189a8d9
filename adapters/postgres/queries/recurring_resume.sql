-- Ends the pause of a recurring job, whose instants then count from now.
-- $1 text: key
-- One row if there is one: key text
UPDATE {schema}.recurring AS r
SET since = CASE WHEN r.paused_at IS NULL THEN r.since ELSE statement_timestamp() END,
    next_at = CASE WHEN r.paused_at IS NULL THEN r.next_at END,
    held_at = CASE WHEN r.paused_at IS NULL THEN r.held_at END,
    paused_at = NULL, paused_by = '', pause_note = '', paused_until = NULL,
    version = nextval('{schema}.recurring_version')
WHERE r.key = $1::text AND r.removed_at IS NULL
RETURNING r.key
