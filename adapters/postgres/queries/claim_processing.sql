-- Counts what is processing of some queues, over all workers. Needs the lock of the bucket to be exact.
-- $1 int: bucket; $2 text[]: queues
-- Rows: queue text, jobs bigint
SELECT j.queue, count(*) AS jobs
FROM {schema}.lease l
CROSS JOIN LATERAL unnest(l.job_ids, l.seqs) AS u (job_id, seq)
CROSS JOIN LATERAL (
    SELECT j.queue FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = u.job_id LIMIT 1
) j
WHERE l.bucket = $1::int AND j.queue = ANY($2::text[])
    AND (SELECT true FROM {schema}.history h
        WHERE h.bucket = $1::int AND h.job_id = u.job_id AND h.seq = coalesce(u.seq, 0) LIMIT 1) IS NULL
GROUP BY j.queue
