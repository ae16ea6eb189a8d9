-- Tells where a job stands among the others.
-- $1 int: bucket; $2 uuid: job; $3 text: its queue; $4 smallint: its priority; $5 timestamptz: when it is due
-- $6 bool: it is enqueued; $7 int: stop counting those ahead of it at so many
-- One row: now timestamptz, paused_at timestamptz, paused_by text, note text, ahead int,
-- suspects int: of those, in flight at a crash; cancel_requested bool
WITH RECURSIVE lane (queue_id, kind_id, rank) AS (
    SELECT f.queue_id, f.kind_id, f.rank FROM (
        SELECT r.queue_id, r.kind_id, r.rank FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = {schema}.name_hash($3::text)
        ORDER BY r.queue_id, r.kind_id, r.rank LIMIT 1
    ) f
    UNION ALL
    SELECT f.queue_id, f.kind_id, f.rank
    FROM lane l
    CROSS JOIN LATERAL (
        SELECT r.queue_id, r.kind_id, r.rank FROM {schema}.ready r
        WHERE r.bucket = $1::int AND r.queue_id = l.queue_id AND (r.kind_id, r.rank) > (l.kind_id, l.rank)
        ORDER BY r.queue_id, r.kind_id, r.rank LIMIT 1
    ) f
)
SELECT clock_timestamp(), p.paused_at, coalesce(p.paused_by, ''), coalesce(p.note, ''),
    least(coalesce(a.jobs, 0), $7::int)::int AS ahead, least(coalesce(a.suspects, 0), $7::int)::int AS suspects,
    EXISTS (SELECT FROM {schema}.cancel_request c WHERE c.bucket = $1::int AND c.job_id = $2::uuid) AS cancel_requested
FROM (
    SELECT sum(c.jobs) AS jobs, sum(c.suspects) AS suspects
    FROM lane l
    CROSS JOIN LATERAL (
        SELECT count(*) AS jobs, count(*) FILTER (WHERE f.crashes > 0) AS suspects
        FROM (
            SELECT unnest(array_prepend(r.id, r.more)) AS id, r.run_at, r.crashes FROM {schema}.ready r
            WHERE r.bucket = $1::int AND r.queue_id = l.queue_id AND r.kind_id = l.kind_id AND r.rank = l.rank
                AND (l.rank < ~$4::smallint OR (r.run_at, r.id) < ($5::timestamptz, $2::uuid))
            ORDER BY r.run_at, r.id
            LIMIT $7::int
        ) f
        WHERE l.rank < ~$4::smallint OR (f.run_at, f.id) < ($5::timestamptz, $2::uuid)
    ) c
    WHERE $6::bool AND l.rank <= ~$4::smallint
) a
LEFT JOIN {schema}.pause p ON p.queue = $3::text
