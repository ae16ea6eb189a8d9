-- Fails if somebody has locked the lease that holds a job, or its unique key. Waits for nobody.
-- $1 int: bucket; $2 bigint: lease, 0: none; $3 text: key, empty: none
SELECT (SELECT true FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = $2::bigint FOR SHARE NOWAIT),
    (SELECT true FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = $3::text FOR SHARE NOWAIT)
