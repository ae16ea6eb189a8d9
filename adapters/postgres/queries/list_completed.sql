-- Selects completed jobs, newest id first, among the newest jobs.
-- $1 int: bucket; $2 uuid: below this id; $3 uuid: from this id on; $4 text[]: kinds or null; $5 text[]: queues or null
-- $6 text[]: all tags or null; $7, $8 smallint: priorities or null; $9 int: at most so many; $10 int: look at so many
-- Rows: id uuid
SELECT j.id
FROM (
    SELECT j.id, j.kind, j.queue, j.tags, j.priority FROM {schema}.job j
    WHERE j.bucket = $1::int AND j.id < $2::uuid AND j.id >= $3::uuid
    ORDER BY j.id DESC LIMIT $10::int
) j
WHERE ($4::text[] IS NULL OR j.kind = ANY($4::text[])) AND ($5::text[] IS NULL OR j.queue = ANY($5::text[]))
    AND ($6::text[] IS NULL OR j.tags @> $6::text[])
    AND ($7::smallint IS NULL OR j.priority >= $7::smallint) AND ($8::smallint IS NULL OR j.priority <= $8::smallint)
    AND (SELECT true FROM {schema}.history h
        WHERE h.bucket = $1::int AND h.job_id = j.id AND h.final AND h.state = 5 LIMIT 1)
ORDER BY j.id DESC
LIMIT $9::int
