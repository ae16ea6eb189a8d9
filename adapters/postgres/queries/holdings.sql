-- Counts the processing jobs by worker and queue.
-- $1 int: bucket
-- Rows: worker bigint, queue text, jobs int, suspects int
SELECT h.worker, h.queue, count(*)::int AS jobs, (count(*) FILTER (WHERE h.crashes > 0))::int AS suspects
FROM (
    SELECT l.id >> 36 AS worker, u.crashes,
        (SELECT j.queue FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = u.job_id LIMIT 1) AS queue
    FROM {schema}.lease l
    CROSS JOIN LATERAL unnest(l.job_ids, l.seqs, l.crashes) AS u (job_id, seq, crashes)
    WHERE l.bucket = $1::int
        AND (SELECT true FROM {schema}.history h
            WHERE h.bucket = $1::int AND h.job_id = u.job_id AND h.seq = coalesce(u.seq, 0) LIMIT 1) IS NULL
) h
WHERE h.queue IS NOT NULL -- of a deleted job
GROUP BY h.worker, h.queue
ORDER BY h.worker, h.queue
