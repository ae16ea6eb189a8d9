-- Locks the leases that results name, in one order for all, but for those that somebody else has locked,
-- and tells what they hold.
-- Leases are looked up between the least and the greatest of their ids, too: of a list of ids alone a plan made for a
-- small table reads the whole index, with all that is dead in it, and filters.
-- $1 int: bucket; $2 bigint[]: leases, each once
-- Rows: id bigint, claimed_at timestamptz, job_ids uuid[], seqs int[] (null: all 0), by id; then those that are
-- locked, with nothing but id
WITH mine AS MATERIALIZED (
    SELECT l.id, l.claimed_at, l.job_ids, l.seqs FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[])
        AND l.id BETWEEN (SELECT min(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($2::bigint[]) AS b (id))
    ORDER BY l.id
    FOR UPDATE SKIP LOCKED
)
SELECT m.id, m.claimed_at, m.job_ids, m.seqs FROM mine m
UNION ALL
SELECT l.id, NULL, NULL, NULL FROM {schema}.lease l
WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[])
    AND l.id BETWEEN (SELECT min(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT count(*) FROM mine) < cardinality($2::bigint[])
    AND l.id <> ALL(ARRAY(SELECT m.id FROM mine m))
