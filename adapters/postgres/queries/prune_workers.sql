-- Forgets workers that stopped long ago and hold nothing.
-- $1 int: bucket; $2 bigint: stopped so many microseconds ago; $3 int: at most so many
DELETE FROM {schema}.worker w
WHERE w.number = ANY(ARRAY(
    SELECT o.number FROM {schema}.worker o
    WHERE o.stopped_at < statement_timestamp() - $2::bigint * interval '1 microsecond'
        AND (SELECT true FROM {schema}.lease l
            WHERE l.bucket = $1::int AND l.id >= o.number << 36 AND l.id < (o.number + 1) << 36 LIMIT 1) IS NULL
    ORDER BY o.number
    LIMIT $3::int
    FOR UPDATE SKIP LOCKED))
