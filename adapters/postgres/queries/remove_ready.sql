-- Takes one job out of ready; those that share its row get one without it. Needs the lock of the bucket.
-- $1 int: bucket; $2 text: queue; $3 smallint: priority; $4 timestamptz: run_at; $5 uuid: job; $6 text: kind
-- One row: jobs bigint taken out, 1 or 0
WITH gone AS (
    DELETE FROM {schema}.ready r
    WHERE r.bucket = $1::int AND r.queue_id = {schema}.name_hash($2::text) AND r.kind_id = {schema}.name_hash($6::text)
        AND r.rank = ~$3::smallint AND r.run_at = $4::timestamptz
        AND r.id <= $5::uuid AND (r.id = $5::uuid OR $5::uuid = ANY(r.more))
    RETURNING r.*
), rest AS (
    INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes, more)
    SELECT g.bucket, g.queue_id, g.kind_id, g.rank, g.run_at, p.id, (SELECT r.last_value FROM {schema}.ring r),
        g.seq, g.attempt, g.failures, g.crashes, p.more
    FROM gone g
    CROSS JOIN LATERAL {schema}.packs(array_remove(array_prepend(g.id, g.more), $5::uuid)) p
    WHERE g.more IS NOT NULL
)
SELECT count(*) AS jobs FROM gone
