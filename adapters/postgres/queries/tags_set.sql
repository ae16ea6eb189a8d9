-- Sets the tags of a job.
-- $1 int: bucket; $2 uuid: job; $3 text[]: tags
UPDATE {schema}.job j SET tags = $3::text[] WHERE j.bucket = $1::int AND j.id = $2::uuid
