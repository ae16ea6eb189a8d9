-- Waits until no other process migrates.
-- $1 int: the schema's class of advisory locks
SELECT pg_advisory_xact_lock($1::int, -1)
