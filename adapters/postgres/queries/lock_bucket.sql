-- Waits until nobody else removes rows from the ready and later rows of a bucket. Held until
-- the transaction ends. A statement of its own, so that the next one sees what the last holder left.
-- $1 int: the schema's class of advisory locks; $2 int: bucket
-- $3 text: how long the statements behind it may wait for other locks ("100ms")
SELECT pg_advisory_xact_lock($1::int, $2::int), set_config('lock_timeout', $3::text, true)
