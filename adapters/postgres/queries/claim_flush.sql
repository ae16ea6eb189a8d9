-- Makes this transaction, whose commit waits for the disk, write something if the claim took something: what was
-- committed before is on the disk then, too.
-- $1 int: bucket; $2 bigint: lease
SELECT pg_logical_emit_message(true, 'tasktower', '') FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = $2::bigint
