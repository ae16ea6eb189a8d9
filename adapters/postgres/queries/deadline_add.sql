-- Asks to look at jobs again that could not end at their deadline, in five seconds.
-- $1 int: bucket; $2 uuid[]: jobs
INSERT INTO {schema}.deadline (bucket, at, job_id)
SELECT $1::int, statement_timestamp() + interval '5 seconds', i.id FROM unnest($2::uuid[]) AS i (id)
ON CONFLICT (bucket, at, job_id) DO NOTHING
