-- Picks jobs of queues in the given order.
-- $1 int: bucket; $4 bigint[]: kinds; $5 bigint[]: queues; $6 int[]: quotas
-- $7 int[]: how many first jobs of the queue to leave out; $8 smallint: only jobs with at most so many crashes
served AS MATERIALIZED (
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
)
