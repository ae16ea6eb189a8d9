-- Whether nobody else frees slots of ready now. Many workers that see a drained one do not all wait for the bucket.
-- $1 int: the schema's class of advisory locks; $2 int: the lock
-- One row: mine bool
SELECT pg_try_advisory_xact_lock($1::int, $2::int) AS mine
