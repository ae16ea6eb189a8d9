-- Takes one job out of ready. Needs the lock of the bucket.
-- $1 int: bucket; $2 text: queue; $3 smallint: priority; $4 timestamptz: run_at; $5 uuid: job
DELETE FROM {schema}.ready r
WHERE r.bucket = $1::int AND r.queue_id = (SELECT q.id FROM {schema}.queue q WHERE q.name = $2::text LIMIT 1)
    AND r.priority = $3::smallint AND r.run_at = $4::timestamptz AND r.id = $5::uuid
