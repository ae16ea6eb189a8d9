-- Tells whether too many jobs wait for a list to read them all.
-- $1 int: bucket; $2 int: at most so many are few; $3 bool: enqueued ones, or else scheduled and retrying ones
-- One row: crowd bool
SELECT CASE WHEN $3::bool THEN (
    SELECT sum(1 + coalesce(cardinality(r.more), 0)) > $2::int
    FROM (SELECT r.more FROM {schema}.ready r WHERE r.bucket = $1::int LIMIT $2::int + 1) r
) ELSE (
    SELECT count(*) > $2::int FROM (SELECT FROM {schema}.later l WHERE l.bucket = $1::int LIMIT $2::int + 1) l
) END IS TRUE AS crowd
