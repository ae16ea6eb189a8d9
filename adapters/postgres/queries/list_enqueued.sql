-- Selects enqueued jobs, newest id first.
-- $1 int: bucket; $2 uuid: below this id, null: from the newest; $3 uuid: from this id on, null: open
-- $4 uuid: before this id, null: open; $5 text[]: kinds or null; $6 text[]: queues or null; $7 text[]: all tags or null
-- $8 uuid[]: ids or null; $9, $10 smallint: priorities or null; $11 int: at most so many; $12 smallint: state
-- Rows: id uuid
SELECT j.id
FROM {schema}.ready r
CROSS JOIN LATERAL unnest(array_prepend(r.id, r.more)) AS u (id)
JOIN {schema}.job j ON j.bucket = r.bucket AND j.id = u.id
WHERE r.bucket = $1::int AND $12::smallint = 2
    AND (j.id < $2::uuid OR $2::uuid IS NULL) AND (j.id >= $3::uuid OR $3::uuid IS NULL) AND (j.id < $4::uuid OR $4::uuid IS NULL)
    AND ($5::text[] IS NULL OR j.kind = ANY($5::text[])) AND ($6::text[] IS NULL OR j.queue = ANY($6::text[]))
    AND ($7::text[] IS NULL OR j.tags @> $7::text[]) AND ($8::uuid[] IS NULL OR j.id = ANY($8::uuid[]))
    AND ($9::smallint IS NULL OR j.priority >= $9::smallint) AND ($10::smallint IS NULL OR j.priority <= $10::smallint)
ORDER BY j.id DESC
LIMIT $11::int
