-- Forgets the death of a job that is to run again.
-- $1 int: bucket; $2 uuid: job
DELETE FROM {schema}.death d WHERE d.bucket = $1::int AND d.job_id = $2::uuid
