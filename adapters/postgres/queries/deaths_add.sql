-- Remembers that the Death interceptors of a job have yet to run, by anybody.
-- $1 int: bucket; $2 uuid: job
INSERT INTO {schema}.death (bucket, job_id, worker, since)
VALUES ($1::int, $2::uuid, NULL, statement_timestamp())
ON CONFLICT (bucket, job_id) DO UPDATE SET worker = NULL, since = excluded.since
