-- Lists the jobs held by a worker that somebody wants to end.
-- $1 int: bucket; $2 bigint: worker
-- Rows: job_id uuid
SELECT c.job_id
FROM {schema}.cancel_request c
WHERE c.bucket = $1::int AND EXISTS (
    SELECT FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id >= $2::bigint << 36 AND l.id < ($2::bigint + 1) << 36
        AND EXISTS (
            -- A lease may name a job whose stay has ended, and which another worker holds by now.
            SELECT FROM unnest(l.job_ids, l.seqs) AS u (job_id, seq)
            WHERE u.job_id = c.job_id AND (SELECT true FROM {schema}.history h
                WHERE h.bucket = $1::int AND h.job_id = u.job_id AND h.seq = coalesce(u.seq, 0) LIMIT 1) IS NULL))
ORDER BY c.job_id
