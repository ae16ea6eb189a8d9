-- Asks to look at jobs again.
-- $1 int: bucket; $2 uuid: behind this id; $3 uuid: up to this id; $4 timestamptz: due; $5 timestamptz: since
INSERT INTO {schema}.prune AS p (bucket, after, upto, due_at, since)
VALUES ($1::int, $2::uuid, $3::uuid, $4::timestamptz, $5::timestamptz)
ON CONFLICT (bucket, after) DO UPDATE
    SET upto = greatest(p.upto, excluded.upto), due_at = least(p.due_at, excluded.due_at), since = excluded.since
