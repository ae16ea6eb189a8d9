-- Locks the leases that results name, in one order for all, and tells what they hold.
-- $1 int: bucket; $2 bigint[]: leases
-- Rows: id bigint, claimed_at timestamptz, job_ids uuid[], seqs int[] (null: all 0), by id
SELECT l.id, l.claimed_at, l.job_ids, l.seqs
FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[]) ORDER BY l.id FOR UPDATE
