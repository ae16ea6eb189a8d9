-- How many entries of the index of ready this session has read lately, dead ones among them; what matters is
-- by how much it grows within a transaction. And when that began.
-- One row: now timestamptz, passed bigint
SELECT now() AS now, coalesce(sum(pg_stat_get_xact_tuples_returned(i.inhrelid)), 0)::bigint AS passed
FROM pg_catalog.pg_inherits i
WHERE i.inhparent = '{schema}.ready_order'::regclass
