-- Whether a slot of ready is drained. Looked at under the exclusive lock: an inserter may have read
-- which slot is the present one before the ring turned. A pg_dump takes its snapshot before its locks, and
-- would miss the rows that its snapshot has; once it has the locks nothing is freed anyway.
-- One row: empty bool
SELECT NOT EXISTS (SELECT FROM {schema}.ready_0) AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity a
    WHERE a.application_name = 'pg_dump' AND a.datname = current_database()) AS empty
