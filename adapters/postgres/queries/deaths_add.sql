-- Remembers that the Death interceptors of a job have yet to run, by anybody.
-- $1 int: bucket; $2 uuid: job; $3 text: kind
INSERT INTO {schema}.death (bucket, job_id, kind, worker, since)
VALUES ($1::int, $2::uuid, $3::text, NULL, statement_timestamp())
ON CONFLICT (bucket, job_id) DO UPDATE SET worker = NULL, since = excluded.since
