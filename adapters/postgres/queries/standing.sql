-- Tells where a job stands among the others.
-- $1 int: bucket; $2 uuid: job; $3 text: its queue; $4 smallint: its priority; $5 timestamptz: when it is due
-- $6 bool: it is enqueued; $7 int: stop counting those ahead of it at so many
-- One row: now timestamptz, paused_at timestamptz, paused_by text, note text, ahead int, running int,
-- cancel_requested bool
SELECT clock_timestamp(), p.paused_at, coalesce(p.paused_by, ''), coalesce(p.note, ''),
    CASE WHEN $6::bool THEN (
        SELECT count(*)::int FROM (
            SELECT r.priority, r.run_at, r.id FROM {schema}.ready r
            WHERE r.bucket = $1::int AND r.queue_id = (SELECT q.id FROM {schema}.queue q WHERE q.name = $3::text LIMIT 1)
            ORDER BY r.priority DESC, r.run_at, r.id LIMIT $7::int
        ) f
        WHERE f.priority > $4::smallint OR f.priority = $4::smallint AND (f.run_at, f.id) < ($5::timestamptz, $2::uuid)
    ) ELSE 0 END AS ahead,
    CASE WHEN $6::bool THEN (
        SELECT count(*)::int
        FROM {schema}.lease l
        CROSS JOIN LATERAL unnest(l.job_ids, l.seqs) AS u (job_id, seq)
        WHERE l.bucket = $1::int
            AND (SELECT j.queue FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = u.job_id LIMIT 1) = $3::text
            AND (SELECT true FROM {schema}.history h
                WHERE h.bucket = $1::int AND h.job_id = u.job_id AND h.seq = coalesce(u.seq, 0) LIMIT 1) IS NULL
    ) ELSE 0 END AS running,
    EXISTS (SELECT FROM {schema}.cancel_request c WHERE c.bucket = $1::int AND c.job_id = $2::uuid) AS cancel_requested
FROM (VALUES (true)) AS one
LEFT JOIN {schema}.pause p ON p.queue = $3::text
