-- How long until the next job falls due, in microseconds; none: null.
-- $1 int: bucket
SELECT (extract(epoch FROM (
    SELECT l.run_at FROM {schema}.later l WHERE l.bucket = $1::int ORDER BY l.run_at, l.id LIMIT 1
) - clock_timestamp()) * 1000000)::bigint AS next_us
