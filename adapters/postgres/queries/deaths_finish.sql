-- Forgets that Death interceptors have yet to run.
-- $1 int: bucket; $2 uuid[]: jobs
DELETE FROM {schema}.death d WHERE d.bucket = $1::int AND d.job_id = ANY($2::uuid[])
