-- How long until the next job falls due, in microseconds; none: null.
-- $1 int: bucket; $2 timestamptz: of those that are due by then or later
-- One row: next_us bigint, now timestamptz (nothing that was visible is due before it, if next_us is not negative)
SELECT (extract(epoch FROM (
    SELECT l.run_at FROM {schema}.later l WHERE l.bucket = $1::int AND l.run_at >= $2::timestamptz ORDER BY l.run_at, l.id LIMIT 1
) - clock_timestamp()) * 1000000)::bigint AS next_us, statement_timestamp() AS now
