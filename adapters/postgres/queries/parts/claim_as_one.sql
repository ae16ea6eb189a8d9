-- Picks jobs of several queues as if they were one.
-- $1 int: bucket; $4 bigint[]: kinds; $5 bigint[]: queues; $6 int[]: at most so many of each; $7 int: at most so many
-- in all; $8 smallint: only jobs with at most so many crashes; $9 bool: oldest due first, whatever the priority
-- $10 bigint: due for at least so many microseconds
served AS MATERIALIZED (
    SELECT l.queue_id, l.kind_id, l.rank, l.head, CASE WHEN $9::bool THEN 0 ELSE l.rank END AS level, v.most,
        count(*) OVER () AS lanes, bool_or(v.most < $7::int) OVER () AS bounded
    FROM unnest($5::bigint[], $6::int[]) AS v (queue_id, most)
    JOIN lane l ON l.queue_id = v.queue_id
    WHERE l.head IS NOT NULL AND l.kind_id = ANY($4::bigint[])
        AND l.queue_id <> ALL(ARRAY(SELECT p.queue_id FROM {schema}.pause p))
), mark AS MATERIALIZED (
    -- Of many lanes four in five have so many rows up to their mark that together they are enough: behind
    -- the mark of the last of those, the cut, nothing needs to be looked at.
    SELECT s.level, r.run_at, row_number() OVER (ORDER BY s.level, r.run_at) AS nth, s.lanes
    FROM served s
    CROSS JOIN LATERAL (
        SELECT r.run_at FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = s.queue_id AND r.kind_id = s.kind_id AND r.rank = s.rank
            AND r.run_at >= s.head AND r.run_at <= statement_timestamp() - $10::bigint * interval '1 microsecond'
            AND r.crashes <= $8::smallint
        ORDER BY r.run_at, r.id
        LIMIT 1 OFFSET (5 * $7::int - 1) / (4 * s.lanes)
    ) r
    WHERE s.lanes > 3 AND NOT s.bounded
), cut AS MATERIALIZED (
    SELECT m.level, m.run_at FROM mark m WHERE m.nth = (4 * m.lanes + 4) / 5
), found AS MATERIALIZED (
    SELECT s.queue_id, s.most, s.bounded, s.level, r.slot, r.tid, r.run_at, r.job_id, r.seq, r.attempt, r.failures, r.crashes
    FROM served s
    CROSS JOIN LATERAL (
        SELECT r.slot, r.ctid AS tid, r.run_at, unnest(array_prepend(r.id, r.more)) AS job_id,
            r.seq, r.attempt, r.failures, r.crashes
        FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = s.queue_id AND r.kind_id = s.kind_id AND r.rank = s.rank
            AND r.crashes <= $8::smallint AND r.run_at >= s.head
            AND r.run_at <= least(statement_timestamp() - $10::bigint * interval '1 microsecond', (
                SELECT CASE WHEN s.level = c.level THEN c.run_at WHEN s.level > c.level THEN '-infinity' END FROM cut c))
        ORDER BY r.run_at, r.id
        LIMIT least(s.most, $7::int)
    ) r
), picked AS MATERIALIZED (
    SELECT p.*
    FROM (
        SELECT f.slot, f.tid, f.level, f.run_at, f.job_id, f.seq, f.attempt, f.failures, f.crashes
        FROM found f
        WHERE NOT f.bounded
        UNION ALL
        -- A queue may give less than all: its jobs are counted, over its lanes.
        SELECT f.slot, f.tid, f.level, f.run_at, f.job_id, f.seq, f.attempt, f.failures, f.crashes
        FROM (
            SELECT f.*, row_number() OVER (PARTITION BY f.queue_id ORDER BY f.level, f.run_at, f.job_id) AS nth
            FROM found f
            WHERE f.bounded
        ) f
        WHERE f.nth <= f.most
    ) p
    ORDER BY p.level, p.run_at, p.job_id
    LIMIT (SELECT least(greatest(l.room, 0), $7::int) FROM live l)
)
