-- How many entries of the index of ready this session has read lately, dead ones among them; what matters is
-- by how much it grows within a transaction. Always 0 if the server's track_counts is off.
-- One row: now timestamptz (when the transaction began), took_us bigint (how long ago that is), passed bigint
SELECT now() AS now, (extract(epoch FROM clock_timestamp() - now()) * 1000000)::bigint AS took_us,
    coalesce(sum(pg_stat_get_xact_tuples_returned(i.inhrelid)), 0)::bigint AS passed
FROM pg_catalog.pg_inherits i
WHERE i.inhparent = '{schema}.ready_order'::regclass
