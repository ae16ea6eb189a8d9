-- Writes down that a job's final state is over.
-- $1 int: bucket; $2 uuid: job
UPDATE {schema}.history h SET final = false WHERE h.bucket = $1::int AND h.job_id = $2::uuid AND h.final
