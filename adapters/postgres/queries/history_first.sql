-- Reads when a job was stored and first due.
-- $1 int: bucket; $2 uuid: job
SELECT j.created_at, j.run_at FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = $2::uuid
