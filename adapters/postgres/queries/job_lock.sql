-- Locks a job that is about to leave its final state, so that nobody forgets it meanwhile.
-- $1 int: bucket; $2 uuid: job
-- One row: id uuid; none: it is gone
SELECT j.id FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = $2::uuid FOR UPDATE
