-- Lets go of the unique key of a job that became final; it stays held until its time is over.
-- $1 int: bucket; $2 text: key; $3 uuid: job
UPDATE {schema}.unique_key u SET live = false WHERE u.bucket = $1::int AND u.key = $2::text AND u.job_id = $3::uuid
