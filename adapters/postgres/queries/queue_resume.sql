-- Ends the pause of a queue.
-- $1 text: queue
UPDATE {schema}.queue q SET paused_at = NULL, paused_by = NULL, note = NULL WHERE q.name = $1::text AND q.paused_at IS NOT NULL
