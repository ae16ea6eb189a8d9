-- Claims from queues in the given order, each by (priority desc, run_at, id). Needs the lock of the
-- bucket: what is picked is what is deleted. Adds to the lease if an earlier statement of the claim made it.
-- $1 int: bucket; $2 bigint: lease; $3 int: how many jobs the lease may hold; $4 text[]: kinds
-- $5 text[]: queues; $6 int[]: quotas; $7 int[]: how many first jobs of the queue to leave out
-- One row: worker text (null: not live, or the lease was recalled), taken bigint, queues bigint (how many are known)
WITH live AS MATERIALIZED (
    SELECT w.id, CASE WHEN w.paused_at IS NULL AND w.draining_at IS NULL THEN $3::int -
        coalesce((SELECT cardinality(l.job_ids) FROM {schema}.lease l
            WHERE l.bucket = $1::int AND l.id = $2::bigint), 0) ELSE 0 END AS room
    FROM {schema}.worker w
    WHERE w.number = $2::bigint >> 36 AND w.stopped_at IS NULL AND w.live_until > clock_timestamp() AND w.recalled < $2::bigint
), kinds AS MATERIALIZED (
    SELECT array_agg(k.id) AS ids FROM {schema}.kind k WHERE k.name = ANY($4::text[])
), picked AS MATERIALIZED (
    SELECT v.place, r.slot, r.tid, r.priority, r.run_at, r.id, r.seq, r.attempt, r.failures, r.crashes
    FROM unnest($5::text[], $6::int[], $7::int[]) WITH ORDINALITY AS v (queue, quota, skip, place)
    CROSS JOIN LATERAL (
        SELECT q.id FROM {schema}.queue q
        WHERE q.name = v.queue AND (SELECT true FROM {schema}.pause p WHERE p.queue = v.queue) IS NULL
        LIMIT 1
    ) q
    CROSS JOIN LATERAL (
        SELECT r.slot, r.ctid AS tid, r.priority, r.run_at, r.id, r.seq, r.attempt, r.failures, r.crashes
        FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = q.id AND r.kind_id = ANY((SELECT k.ids FROM kinds k)::int[])
        ORDER BY r.priority DESC, r.run_at, r.id
        LIMIT v.quota OFFSET v.skip
    ) r
    WHERE EXISTS (SELECT FROM live)
    ORDER BY v.place, r.priority DESC, r.run_at, r.id
    LIMIT (SELECT greatest(l.room, 0) FROM live l)
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
