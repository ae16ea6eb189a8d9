-- Locks jobs that are to be forgotten; those that somebody works on are left alone. A statement of its own,
-- so that the next one sees what others did before.
-- $1 int: bucket; $2 uuid[]: jobs
-- Rows: id uuid
SELECT j.id
FROM (SELECT u.id FROM unnest($2::uuid[]) AS u (id) ORDER BY u.id) u
CROSS JOIN LATERAL (
    SELECT j.id FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = u.id LIMIT 1 FOR UPDATE SKIP LOCKED
) j
