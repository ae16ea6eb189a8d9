-- Selects jobs that are held under leases of workers that are gone, oldest lease first.
-- $1 int: bucket; $2 int: at most so many; $3 bigint[]: leases to leave out
-- Rows: job_id uuid
WITH gone AS MATERIALIZED (
    SELECT l.id, l.job_ids, l.seqs
    FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id <> ALL($3::bigint[]) AND (
        SELECT true FROM {schema}.worker w WHERE w.number = l.id >> 36 AND w.stopped_at IS NULL LIMIT 1) IS NULL
)
SELECT u.job_id
FROM gone g
CROSS JOIN LATERAL unnest(g.job_ids, g.seqs) AS u (job_id, seq)
WHERE u.job_id <> '00000000-0000-0000-0000-000000000000' -- of a deleted job
    AND (SELECT true FROM {schema}.history h
    WHERE h.bucket = $1::int AND h.job_id = u.job_id AND h.seq = coalesce(u.seq, 0) LIMIT 1) IS NULL
ORDER BY g.id, u.job_id
LIMIT $2::int
