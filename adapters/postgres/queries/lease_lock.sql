-- Locks a lease, so that nothing is settled under it meanwhile.
-- $1 int: bucket; $2 bigint: lease
SELECT l.id FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = $2::bigint FOR UPDATE
