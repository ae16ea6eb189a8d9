-- Claims from several queues that count as one. Needs the lock of the bucket: what is picked is what is
-- deleted. Adds to the lease if an earlier statement of the claim made it.
-- Within a queue each priority is a lane, in order of (run_at, id); lanes are found by stepping over the index.
-- $1 int: bucket; $2 bigint: lease; $3 int: how many jobs the lease may hold; $4 text[]: kinds
-- $5 text[]: queues; $6 int[]: at most so many of each; $7 int: at most so many in all
-- $8 bool: oldest due first, whatever the priority; $9 bigint: due for at least so many microseconds
-- One row: worker text (null: not live, or the lease was recalled), taken bigint, queues bigint (how many are known)
WITH RECURSIVE live AS MATERIALIZED (
    SELECT w.id, CASE WHEN w.paused_at IS NULL AND w.draining_at IS NULL THEN $3::int -
        coalesce((SELECT cardinality(l.job_ids) FROM {schema}.lease l
            WHERE l.bucket = $1::int AND l.id = $2::bigint), 0) ELSE 0 END AS room
    FROM {schema}.worker w
    WHERE w.number = $2::bigint >> 36 AND w.stopped_at IS NULL AND w.live_until > clock_timestamp() AND w.recalled < $2::bigint
), kinds AS MATERIALIZED (
    SELECT array_agg(k.id) AS ids FROM {schema}.kind k WHERE k.name = ANY($4::text[])
), lane (queue_id, most, priority) AS (
    SELECT q.id, v.most, (
        SELECT r.priority FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = q.id
        ORDER BY r.priority DESC LIMIT 1)
    FROM unnest($5::text[], $6::int[]) AS v (queue, most)
    CROSS JOIN LATERAL (
        SELECT q.id FROM {schema}.queue q
        WHERE q.name = v.queue AND (SELECT true FROM {schema}.pause p WHERE p.queue = v.queue) IS NULL
        LIMIT 1
    ) q
    WHERE EXISTS (SELECT FROM live)
    UNION ALL
    SELECT l.queue_id, l.most, (
        SELECT r.priority FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = l.queue_id AND r.priority < l.priority
        ORDER BY r.priority DESC LIMIT 1)
    FROM lane l
    WHERE l.priority IS NOT NULL
), found AS MATERIALIZED (
    SELECT l.queue_id, l.most, r.*
    FROM lane l
    CROSS JOIN LATERAL (
        SELECT r.slot, r.ctid AS tid, r.priority, r.run_at, r.id, r.seq, r.attempt, r.failures, r.crashes
        FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = l.queue_id AND r.priority = l.priority
            AND r.run_at <= statement_timestamp() - $9::bigint * interval '1 microsecond'
            AND r.kind_id = ANY((SELECT k.ids FROM kinds k)::int[])
        ORDER BY r.run_at, r.id
        LIMIT least(l.most, $7::int)
    ) r
), bounded AS MATERIALIZED (
    -- Whether a queue may give less than all: only then its jobs are counted, over its lanes.
    SELECT bool_or(m.most < $7::int) AS yes FROM unnest($6::int[]) AS m (most)
), picked AS MATERIALIZED (
    SELECT p.*
    FROM (
        SELECT f.slot, f.tid, f.priority, f.run_at, f.id, f.seq, f.attempt, f.failures, f.crashes
        FROM found f
        WHERE NOT (SELECT b.yes FROM bounded b)
        UNION ALL
        SELECT f.slot, f.tid, f.priority, f.run_at, f.id, f.seq, f.attempt, f.failures, f.crashes
        FROM (
            SELECT f.*, row_number() OVER (PARTITION BY f.queue_id
                ORDER BY CASE WHEN $8::bool THEN 0 ELSE -f.priority::int END, f.run_at, f.id) AS nth
            FROM found f
            WHERE (SELECT b.yes FROM bounded b)
        ) f
        WHERE f.nth <= f.most
    ) p
    ORDER BY CASE WHEN $8::bool THEN 0 ELSE -p.priority::int END, p.run_at, p.id
    LIMIT (SELECT least(greatest(l.room, 0), $7::int) FROM live l)
), gone_0 AS (
    DELETE FROM {schema}.ready_0 r WHERE r.ctid = ANY(ARRAY(SELECT p.tid FROM picked p WHERE p.slot = 0))
), gone_1 AS (
    DELETE FROM {schema}.ready_1 r WHERE r.ctid = ANY(ARRAY(SELECT p.tid FROM picked p WHERE p.slot = 1))
), gone_2 AS (
    DELETE FROM {schema}.ready_2 r WHERE r.ctid = ANY(ARRAY(SELECT p.tid FROM picked p WHERE p.slot = 2))
), gone_3 AS (
    DELETE FROM {schema}.ready_3 r WHERE r.ctid = ANY(ARRAY(SELECT p.tid FROM picked p WHERE p.slot = 3))
), batch AS MATERIALIZED (
    -- A scan of picked reads its rows in the order in which they were stored.
    SELECT array_agg(p.id) AS job_ids, bool_or(p.seq > 0) AS carried, count(*) AS jobs FROM picked p
), held AS (
    INSERT INTO {schema}.lease AS l (bucket, open, id, claimed_at, job_ids, seqs, attempts, failures, crashes, run_ats)
    SELECT $1::int, b.jobs, $2::bigint, clock_timestamp(), b.job_ids,
        CASE WHEN b.carried THEN (SELECT array_agg(p.seq) FROM picked p) END,
        CASE WHEN b.carried THEN (SELECT array_agg((p.attempt + 1)::smallint) FROM picked p) END,
        CASE WHEN b.carried THEN (SELECT array_agg(p.failures) FROM picked p) END,
        CASE WHEN b.carried THEN (SELECT array_agg(p.crashes) FROM picked p) END,
        CASE WHEN b.carried THEN (SELECT array_agg(p.run_at) FROM picked p) END
    FROM batch b
    WHERE b.jobs > 0
    ON CONFLICT (bucket, id) DO UPDATE SET
        open = l.open + excluded.open,
        job_ids = l.job_ids || excluded.job_ids,
        seqs = CASE WHEN l.seqs IS NOT NULL OR excluded.seqs IS NOT NULL THEN
            coalesce(l.seqs, array_fill(0, ARRAY[cardinality(l.job_ids)])) ||
            coalesce(excluded.seqs, array_fill(0, ARRAY[cardinality(excluded.job_ids)])) END,
        attempts = CASE WHEN l.seqs IS NOT NULL OR excluded.seqs IS NOT NULL THEN
            coalesce(l.attempts, array_fill(1::smallint, ARRAY[cardinality(l.job_ids)])) ||
            coalesce(excluded.attempts, array_fill(1::smallint, ARRAY[cardinality(excluded.job_ids)])) END,
        failures = CASE WHEN l.seqs IS NOT NULL OR excluded.seqs IS NOT NULL THEN
            coalesce(l.failures, array_fill(0::smallint, ARRAY[cardinality(l.job_ids)])) ||
            coalesce(excluded.failures, array_fill(0::smallint, ARRAY[cardinality(excluded.job_ids)])) END,
        crashes = CASE WHEN l.seqs IS NOT NULL OR excluded.seqs IS NOT NULL THEN
            coalesce(l.crashes, array_fill(0::smallint, ARRAY[cardinality(l.job_ids)])) ||
            coalesce(excluded.crashes, array_fill(0::smallint, ARRAY[cardinality(excluded.job_ids)])) END,
        run_ats = CASE WHEN l.seqs IS NOT NULL OR excluded.seqs IS NOT NULL THEN
            coalesce(l.run_ats, array_fill(NULL::timestamptz, ARRAY[cardinality(l.job_ids)])) ||
            coalesce(excluded.run_ats, array_fill(NULL::timestamptz, ARRAY[cardinality(excluded.job_ids)])) END
)
SELECT (SELECT l.id FROM live l) AS worker, (SELECT b.jobs FROM batch b) AS taken,
    (SELECT count(*) FROM {schema}.queue) AS queues
