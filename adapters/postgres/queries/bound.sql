-- Bounds the statements of a transaction; it plans nothing anew. The client's own limit ends with its connection.
-- $1 text: how long each may take ("5000ms"), also for waiting for locks
SELECT set_config('statement_timeout', $1::text, true)
