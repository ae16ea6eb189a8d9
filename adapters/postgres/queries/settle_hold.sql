-- Locks the leases that results name, in one order for all, but for those that somebody else has locked,
-- and tells what they hold.
-- $1 int: bucket; $2 bigint[]: leases, each once
-- Rows: id bigint, claimed_at timestamptz, job_ids uuid[], seqs int[] (null: all 0), by id; then those that are
-- locked, with nothing but id
WITH mine AS MATERIALIZED (
    SELECT l.id, l.claimed_at, l.job_ids, l.seqs FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[])
    ORDER BY l.id
    FOR UPDATE SKIP LOCKED
)
SELECT m.id, m.claimed_at, m.job_ids, m.seqs FROM mine m
UNION ALL
SELECT l.id, NULL, NULL, NULL FROM {schema}.lease l
WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[]) AND (SELECT count(*) FROM mine) < cardinality($2::bigint[])
    AND l.id <> ALL(ARRAY(SELECT m.id FROM mine m))
