-- Reads the last failure of each job.
-- $1 int: bucket; $2 uuid[]: jobs
SELECT f.job_id, f.attempt, f.at, f.worker, f.type, f.message, f.stack
FROM unnest($2::uuid[]) AS i (id)
CROSS JOIN LATERAL (
    SELECT f.job_id, f.attempt, f.at, f.worker, f.type, f.message, f.stack FROM {schema}.failure f
    WHERE f.bucket = $1::int AND f.job_id = i.id ORDER BY f.seq DESC LIMIT 1
) f
