-- Asks the worker that holds a job to end it.
-- $1 int: bucket; $2 uuid: job; $3 text: note
INSERT INTO {schema}.cancel_request (bucket, job_id, requested_at, note)
VALUES ($1::int, $2::uuid, clock_timestamp(), $3::text)
ON CONFLICT (bucket, job_id) DO NOTHING
