-- Claims from queues in the given order, each by (priority desc, run_at, id). Needs the lock of the
-- bucket: what is picked is what is deleted. Adds to the lease if an earlier statement of the claim made it.
-- $1 int: bucket; $2 bigint: lease; $3 int: how many jobs the lease may hold; $4 bigint[]: kinds
-- $5 bigint[]: queues; $6 int[]: quotas; $7 int[]: how many first jobs of the queue to leave out
-- $8 smallint: only jobs with at most so many crashes
-- $9 bigint[], $10 bigint[], $11 smallint[], $12 timestamptz[]: the lanes to look at: queue, kind, rank, and from which
-- due time on; null: all
-- One row: worker text (null: not live, or the lease was recalled), taken bigint, others bigint[] (queues
-- that hold jobs and were not asked for; null: none), now timestamptz, heads
-- timestamptz[] (when the first job of each given lane was due; null: it has none; no array: none was looked at)
WITH RECURSIVE live AS MATERIALIZED (
    SELECT w.id, CASE WHEN w.paused_at IS NULL AND w.draining_at IS NULL THEN $3::int -
        coalesce((SELECT cardinality(l.job_ids) FROM {schema}.lease l
            WHERE l.bucket = $1::int AND l.id = $2::bigint), 0) ELSE 0 END AS room
    FROM {schema}.worker w
    WHERE w.number = $2::bigint >> 36 AND w.stopped_at IS NULL AND w.live_until > clock_timestamp() AND w.recalled < $2::bigint
), step (queue_id, kind_id, rank, head) AS (
    -- The lanes that hold jobs, and when the first of each was due: found by stepping over the index, if none are given.
    SELECT f.queue_id, f.kind_id, f.rank, f.run_at
    FROM live l
    CROSS JOIN LATERAL (
        SELECT r.queue_id, r.kind_id, r.rank, r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int
        ORDER BY r.queue_id, r.kind_id, r.rank, r.run_at LIMIT 1
    ) f
    WHERE l.room > 0 AND $9::bigint[] IS NULL
    UNION ALL
    SELECT f.queue_id, f.kind_id, f.rank, f.run_at
    FROM step l
    CROSS JOIN LATERAL (
        SELECT r.queue_id, r.kind_id, r.rank, r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int AND (r.queue_id, r.kind_id, r.rank) > (l.queue_id, l.kind_id, l.rank)
        ORDER BY r.queue_id, r.kind_id, r.rank, r.run_at LIMIT 1
    ) f
), lane AS MATERIALIZED (
    SELECT s.queue_id, s.kind_id, s.rank, s.head, NULL::bigint AS place FROM step s
    UNION ALL
    SELECT k.queue_id, k.kind_id, k.rank, f.run_at, k.place
    FROM live l
    CROSS JOIN unnest($9::bigint[], $10::bigint[], $11::smallint[], $12::timestamptz[])
        WITH ORDINALITY AS k (queue_id, kind_id, rank, floor, place)
    LEFT JOIN LATERAL (
        SELECT r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = k.queue_id AND r.kind_id = k.kind_id AND r.rank = k.rank
            AND r.run_at >= k.floor
        ORDER BY r.run_at LIMIT 1
    ) f ON true
    WHERE l.room > 0
), served AS MATERIALIZED (
    SELECT v.place, v.quota, v.skip, l.queue_id, l.kind_id, l.rank, l.head, count(*) OVER (PARTITION BY v.place) AS lanes
    FROM unnest($5::bigint[], $6::int[], $7::int[]) WITH ORDINALITY AS v (queue_id, quota, skip, place)
    JOIN lane l ON l.queue_id = v.queue_id
    WHERE l.head IS NOT NULL AND l.kind_id = ANY($4::bigint[])
        AND l.queue_id <> ALL(ARRAY(SELECT p.queue_id FROM {schema}.pause p))
), mark AS MATERIALIZED (
    -- Of many lanes four in five have so many rows up to their mark that together they are enough: behind
    -- the mark of the last of those, the cut, nothing needs to be looked at.
    SELECT s.place, s.rank, r.run_at, row_number() OVER (PARTITION BY s.place ORDER BY s.rank, r.run_at) AS nth, s.lanes
    FROM served s
    CROSS JOIN LATERAL (
        SELECT r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = s.queue_id AND r.kind_id = s.kind_id AND r.rank = s.rank
            AND r.run_at >= s.head AND r.crashes <= $8::smallint
        ORDER BY r.run_at, r.id
        LIMIT 1 OFFSET (5 * (s.quota + s.skip) - 1) / (4 * s.lanes)
    ) r
    WHERE s.lanes > 3
), cut AS MATERIALIZED (
    SELECT m.place, m.rank, m.run_at FROM mark m WHERE m.nth = (4 * m.lanes + 4) / 5
), picked AS MATERIALIZED (
    SELECT v.place, r.slot, r.tid, r.rank, r.run_at, r.job_id, r.seq, r.attempt, r.failures, r.crashes
    FROM (SELECT DISTINCT s.place, s.quota, s.skip FROM served s) v
    CROSS JOIN LATERAL (
        SELECT r.slot, r.tid, s.rank, r.run_at, r.job_id, r.seq, r.attempt, r.failures, r.crashes
        FROM served s
        CROSS JOIN LATERAL (
            SELECT r.slot, r.ctid AS tid, r.run_at, unnest(array_prepend(r.id, r.more)) AS job_id,
                r.seq, r.attempt, r.failures, r.crashes
            FROM {schema}.ready r
            WHERE r.bucket = $1::int AND r.queue_id = s.queue_id AND r.kind_id = s.kind_id AND r.rank = s.rank
                AND r.crashes <= $8::smallint AND r.run_at >= s.head AND r.run_at <= coalesce((
                    SELECT CASE WHEN s.rank = c.rank THEN c.run_at WHEN s.rank > c.rank THEN '-infinity' END
                    FROM cut c WHERE c.place = v.place), 'infinity')
            ORDER BY r.run_at, r.id
            LIMIT v.quota + v.skip
        ) r
        WHERE s.place = v.place
        ORDER BY s.rank, r.run_at, r.job_id
        LIMIT v.quota OFFSET v.skip
    ) r
    ORDER BY v.place, r.rank, r.run_at, r.job_id
    LIMIT (SELECT greatest(l.room, 0) FROM live l)
), taken AS MATERIALIZED (
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
SELECT (SELECT l.id FROM live l) AS worker, (SELECT b.jobs FROM batch b) AS taken,
    (SELECT array_agg(DISTINCT l.queue_id) FROM lane l WHERE l.queue_id <> ALL($5::bigint[]) AND l.head IS NOT NULL) AS others,
    statement_timestamp() AS now,
    CASE WHEN $9::bigint[] IS NOT NULL THEN (SELECT array_agg(l.head ORDER BY l.place) FROM lane l) END AS heads
