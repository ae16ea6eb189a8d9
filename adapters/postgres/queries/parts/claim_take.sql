-- Deletes what was picked, stores what is left of rows of which a part was picked, and makes the lease or adds to it.
-- $1 int: bucket; $2 bigint: lease
taken AS MATERIALIZED (
    SELECT p.slot, p.tid, count(*)::int AS jobs FROM picked p GROUP BY p.slot, p.tid
), gone_0 AS (
    DELETE FROM {schema}.ready_0 r WHERE r.ctid = ANY(ARRAY(SELECT t.tid FROM taken t WHERE t.slot = 0))
    RETURNING r.ctid AS tid, r.*
), gone_1 AS (
    DELETE FROM {schema}.ready_1 r WHERE r.ctid = ANY(ARRAY(SELECT t.tid FROM taken t WHERE t.slot = 1))
    RETURNING r.ctid AS tid, r.*
), gone_2 AS (
    DELETE FROM {schema}.ready_2 r WHERE r.ctid = ANY(ARRAY(SELECT t.tid FROM taken t WHERE t.slot = 2))
    RETURNING r.ctid AS tid, r.*
), gone_3 AS (
    DELETE FROM {schema}.ready_3 r WHERE r.ctid = ANY(ARRAY(SELECT t.tid FROM taken t WHERE t.slot = 3))
    RETURNING r.ctid AS tid, r.*
), gone AS (
    SELECT * FROM gone_0 UNION ALL SELECT * FROM gone_1 UNION ALL SELECT * FROM gone_2 UNION ALL SELECT * FROM gone_3
), rest AS (
    -- Of a row's jobs the first are taken; those behind them get a row of their own.
    INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes, more)
    SELECT g.bucket, g.queue_id, g.kind_id, g.rank, g.run_at, g.more[t.jobs], (SELECT r.last_value FROM {schema}.ring r),
        g.seq, g.attempt, g.failures, g.crashes, CASE WHEN t.jobs < cardinality(g.more) THEN g.more[t.jobs + 1:] END
    FROM gone g
    JOIN taken t ON t.slot = g.slot AND t.tid = g.tid
    WHERE t.jobs <= cardinality(g.more)
), batch AS MATERIALIZED (
    -- A scan of picked reads its rows in the order in which they were stored.
    SELECT array_agg(p.job_id) AS job_ids, bool_or(p.seq > 0) AS carried, count(*) AS jobs FROM picked p
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
