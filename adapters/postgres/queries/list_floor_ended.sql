-- Tells how far a list of cancelled or dead jobs has looked that looks at so many.
-- $1 int: bucket; $2 uuid: below this id; $3 uuid: from this id on; $4 int: at so many; $5 smallint: state
-- One row: id uuid, the last of them; none: there are not so many
SELECT h.job_id FROM {schema}.history h
WHERE h.bucket = $1::int AND h.state = $5::smallint AND h.final AND h.state <> 5 AND h.job_id < $2::uuid AND h.job_id >= $3::uuid
ORDER BY h.job_id DESC LIMIT 1 OFFSET $4::int - 1
