-- Asks to look at all jobs anew.
-- $1 int: bucket
WITH gone AS (DELETE FROM {schema}.prune p WHERE p.bucket = $1::int AND p.after > '00000000-0000-0000-0000-000000000000')
INSERT INTO {schema}.prune AS p (bucket, after, upto, due_at, since)
VALUES ($1::int, '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    statement_timestamp(), statement_timestamp())
ON CONFLICT (bucket, after) DO UPDATE SET upto = excluded.upto, due_at = excluded.due_at, since = excluded.since
