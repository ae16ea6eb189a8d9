-- Reads the tags of a job and keeps others from changing them.
-- $1 int: bucket; $2 uuid: job
SELECT j.tags FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = $2::uuid FOR NO KEY UPDATE
