-- Moves due jobs from later to ready, oldest first. Needs the lock of the bucket.
-- $1 int: bucket; $2 int: at most so many; $3 timestamptz: due by then or later
-- Rows: queue text, jobs bigint moved to it
WITH picked AS MATERIALIZED (
    SELECT l.ctid AS tid, l.queue_id, l.kind_id, l.seq, l.run_at, l.id, l.priority, l.attempt, l.failures, l.crashes
    FROM {schema}.later l
    WHERE l.bucket = $1::int AND l.run_at >= $3::timestamptz AND l.run_at <= statement_timestamp()
    ORDER BY l.run_at, l.id
    LIMIT $2::int
), gone AS (
    DELETE FROM {schema}.later l WHERE l.ctid = ANY(ARRAY(SELECT p.tid FROM picked p))
), due AS (
    INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes)
    SELECT $1::int, p.queue_id, p.kind_id, ~p.priority, p.run_at, p.id, (SELECT r.last_value FROM {schema}.ring r),
        p.seq + 1, p.attempt, p.failures, p.crashes
    FROM picked p
)
SELECT (SELECT q.name FROM {schema}.queue q WHERE q.id = p.queue_id LIMIT 1) AS queue, count(*) AS jobs
FROM picked p
GROUP BY p.queue_id
