-- Reads the failed attempts of a job, oldest first.
-- $1 int: bucket; $2 uuid: job
SELECT f.attempt, f.at, f.worker, f.type, f.message, f.stack
FROM {schema}.failure f WHERE f.bucket = $1::int AND f.job_id = $2::uuid ORDER BY f.seq
