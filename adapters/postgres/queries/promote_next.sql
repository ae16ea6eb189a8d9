-- How long until the next job falls due, in microseconds; none: null.
-- $1 int: bucket; $2 timestamptz: of those that are due by then or later
-- One row: next_us bigint, front timestamptz (nothing that was visible is due before it), took_us bigint
SELECT (extract(epoch FROM n.run_at - clock_timestamp()) * 1000000)::bigint AS next_us,
    least(n.run_at, statement_timestamp()) AS front,
    (extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000000)::bigint AS took_us
FROM (
    SELECT (SELECT l.run_at FROM {schema}.later l WHERE l.bucket = $1::int AND l.run_at >= $2::timestamptz
        ORDER BY l.run_at, l.id LIMIT 1) AS run_at
    OFFSET 0
) n
