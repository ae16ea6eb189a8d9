-- Ends the pause of a queue.
-- $1 text: queue
DELETE FROM {schema}.pause p WHERE p.queue = $1::text
