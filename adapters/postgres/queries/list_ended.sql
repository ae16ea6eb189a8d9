-- Selects cancelled or dead jobs, newest id first.
-- $1 int: bucket; $2 uuid: below this id; $3 uuid: from this id on; $4 text[]: kinds or null; $5 text[]: queues or null
-- $6 text[]: all tags or null; $7, $8 smallint: priorities or null; $9 int: at most so many; $10 smallint: state; $11 int: look at so many
-- Rows: id uuid
SELECT j.id
FROM (
    SELECT h.job_id FROM {schema}.history h
    WHERE h.bucket = $1::int AND h.state = $10::smallint AND h.final AND h.state <> 5
        AND h.job_id < $2::uuid AND h.job_id >= $3::uuid
    ORDER BY h.job_id DESC LIMIT $11::int
) h
CROSS JOIN LATERAL (SELECT * FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = h.job_id LIMIT 1) j
WHERE ($4::text[] IS NULL OR j.kind = ANY($4::text[])) AND ($5::text[] IS NULL OR j.queue = ANY($5::text[]))
    AND ($6::text[] IS NULL OR j.tags @> $6::text[])
    AND ($7::smallint IS NULL OR j.priority >= $7::smallint) AND ($8::smallint IS NULL OR j.priority <= $8::smallint)
ORDER BY h.job_id DESC
LIMIT $9::int
