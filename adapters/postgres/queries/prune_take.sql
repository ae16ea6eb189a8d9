-- Takes the jobs between two ids among which to look next for old ones.
-- $1 int: bucket
-- One row: after uuid, upto uuid, since timestamptz, now timestamptz; none: nothing is due
SELECT p.after, p.upto, p.since, statement_timestamp() AS now
FROM {schema}.prune p
WHERE p.bucket = $1::int AND p.due_at <= statement_timestamp()
ORDER BY p.due_at
LIMIT 1
FOR UPDATE SKIP LOCKED
