-- Fails if somebody has locked the lease that holds a job, one that held it, or its unique key. Waits for nobody.
-- $1 int: bucket; $2 bigint: lease, 0: none; $3 text: key, empty: none; $4 uuid: the job whose former leases count, or null
-- One row: how many of them there are
WITH leases AS MATERIALIZED (
    SELECT l.id FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id = ANY($2::bigint || ARRAY(
        SELECT h.lease_id FROM {schema}.history h WHERE h.bucket = $1::int AND h.job_id = $4::uuid AND h.lease_id IS NOT NULL))
    FOR SHARE NOWAIT
), keys AS MATERIALIZED (
    SELECT u.key FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = $3::text
    FOR SHARE NOWAIT
)
SELECT (SELECT count(*) FROM leases) + (SELECT count(*) FROM keys) AS found
