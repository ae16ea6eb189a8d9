-- Answers for a claim whose answer was lost: it is dated anew, and if it has not come yet it will take
-- nothing. Needs the lock of the bucket, so that a claim under way is waited for.
-- $1 int: bucket; $2 bigint: lease
-- One row if the worker is live: worker text, settled uuid[] (jobs of the claim with a result, or null)
WITH live AS (
    UPDATE {schema}.worker w SET recalled = greatest(w.recalled, $2::bigint)
    WHERE w.number = $2::bigint >> 36 AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()
    RETURNING w.id
), dated AS (
    UPDATE {schema}.lease l SET claimed_at = clock_timestamp()
    WHERE l.bucket = $1::int AND l.id = $2::bigint AND EXISTS (SELECT FROM live)
)
SELECT l.id AS worker, (
    SELECT array_agg(u.job_id)
    FROM {schema}.lease h
    CROSS JOIN LATERAL unnest(h.job_ids, h.seqs) AS u (job_id, seq)
    WHERE h.bucket = $1::int AND h.id = $2::bigint AND (
        SELECT true FROM {schema}.history d
        WHERE d.bucket = $1::int AND d.job_id = u.job_id AND d.seq = coalesce(u.seq, 0) LIMIT 1)
) AS settled
FROM live l
