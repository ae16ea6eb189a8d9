-- Tells how far a list has looked that looks at so many jobs.
-- $1 int: bucket; $2 uuid: below this id; $3 uuid: from this id on; $4 int: at so many
-- One row: id uuid, the last of them; none: there are not so many
SELECT j.id FROM {schema}.job j
WHERE j.bucket = $1::int AND j.id < $2::uuid AND j.id >= $3::uuid
ORDER BY j.id DESC LIMIT 1 OFFSET $4::int - 1
