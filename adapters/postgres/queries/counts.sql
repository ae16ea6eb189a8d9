-- Counts jobs by queue and state, each count up to a limit. Of jobs that ended it looks at the newest.
-- $1 int: bucket; $2 bigint: limit; $3 bigint: of the jobs that ended look at so many
-- Rows: queue text, state smallint, jobs bigint
SELECT q.name AS queue, 2::smallint AS state, c.jobs
FROM (SELECT DISTINCT q.id, q.name FROM {schema}.queue q) q
CROSS JOIN LATERAL (
    SELECT least(coalesce(sum(1 + coalesce(cardinality(r.more), 0)), 0), $2::bigint) AS jobs
    FROM (SELECT r.more FROM {schema}.ready r WHERE r.bucket = $1::int AND r.queue_id = q.id LIMIT $2::bigint) r
) c
WHERE c.jobs > 0
UNION ALL
SELECT q.name, s.state, c.jobs
FROM (SELECT DISTINCT q.id, q.name FROM {schema}.queue q) q
CROSS JOIN (VALUES (1::smallint, false), (4::smallint, true)) AS s (state, retrying)
CROSS JOIN LATERAL (
    SELECT count(*) AS jobs FROM (SELECT FROM {schema}.later l
        WHERE l.bucket = $1::int AND l.queue_id = q.id AND l.retrying = s.retrying AND l.seq >= 0 LIMIT $2::bigint) l
) c
WHERE c.jobs > 0
UNION ALL
SELECT j.queue, 3::smallint, least(count(*), $2::bigint)
FROM {schema}.lease l
CROSS JOIN LATERAL unnest(l.job_ids, l.seqs) AS u (job_id, seq)
CROSS JOIN LATERAL (SELECT j.queue FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = u.job_id LIMIT 1) j
WHERE l.bucket = $1::int AND (SELECT true FROM {schema}.history h
    WHERE h.bucket = $1::int AND h.job_id = u.job_id AND h.seq = coalesce(u.seq, 0) LIMIT 1) IS NULL
GROUP BY j.queue
UNION ALL
SELECT j.queue, 5::smallint, least(count(*), $2::bigint)
FROM (SELECT h.job_id, h.final AND h.state = 5 AS completed FROM {schema}.history h
    WHERE h.bucket = $1::int ORDER BY h.job_id DESC LIMIT $3::bigint) h
CROSS JOIN LATERAL (SELECT j.queue FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = h.job_id LIMIT 1) j
WHERE h.completed
GROUP BY j.queue
UNION ALL
SELECT j.queue, s.state, least(count(*), $2::bigint)
FROM (VALUES (6::smallint), (7::smallint)) AS s (state)
CROSS JOIN LATERAL (SELECT h.job_id FROM {schema}.history h
    WHERE h.bucket = $1::int AND h.state = s.state AND h.final AND h.state <> 5 ORDER BY h.job_id DESC LIMIT $3::bigint) h
CROSS JOIN LATERAL (SELECT j.queue FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = h.job_id LIMIT 1) j
GROUP BY j.queue, s.state
ORDER BY 1, 2
