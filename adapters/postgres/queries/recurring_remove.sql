-- Forgets a recurring job.
-- $1 text: key
-- One row if there was one: key text
DELETE FROM {schema}.recurring r WHERE r.key = $1::text
RETURNING r.key
