-- Whether a slot of ready is drained and not freed yet. Looked at under the exclusive lock: an inserter may have read
-- which slot is the present one before the ring turned. A pg_dump takes its snapshot before its locks, and
-- would miss the rows that its snapshot has; once it has the locks nothing is freed anyway.
-- Looked up by the index: what is deleted at the head of the table would be read again each time. While there is
-- a pg_dump it is not looked up: behind its snapshot that is much.
-- One row: empty bool, took_us bigint
SELECT CASE WHEN pg_relation_size('{schema}.ready_3') = 0 OR EXISTS (
        SELECT FROM pg_catalog.pg_stat_activity a
        WHERE a.application_name = 'pg_dump' AND a.datname = current_database()) THEN false
    ELSE (SELECT r.bucket FROM {schema}.ready_3 r ORDER BY r.bucket, r.queue_id, r.kind_id, r.rank, r.run_at, r.id LIMIT 1) IS NULL
    END AS empty,
    (extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000000)::bigint AS took_us
