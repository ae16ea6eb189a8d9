-- Locks the leases that results name, in one order for all. A statement of its own, so that the next
-- one sees what a rescuer or an earlier try left.
-- $1 int: bucket; $2 bigint[]: leases
SELECT l.id FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[]) ORDER BY l.id FOR UPDATE
