-- Whether a slot of ready is drained and not freed yet. Looked at under the exclusive lock: an inserter may have read
-- which slot is the present one before the ring turned. A pg_dump takes its snapshot before its locks, and
-- would miss the rows that its snapshot has; once it has the locks nothing is freed anyway.
-- Looked up by the index: what is deleted at the head of the table would be read again each time.
-- One row: empty bool
SELECT pg_relation_size('{schema}.ready_2') > 0
    AND (SELECT r.bucket FROM {schema}.ready_2 r ORDER BY r.bucket, r.queue_id, r.kind_id, r.rank, r.run_at, r.id LIMIT 1) IS NULL
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_stat_activity a
        WHERE a.application_name = 'pg_dump' AND a.datname = current_database()) AS empty
