-- Reads jobs with their present state, newest id first.
-- $1 int: bucket; $2 uuid[]: ids
-- Rows: the facts of a job, then run_at, claimed_at, seq, attempt, failures, crashes, then state smallint,
-- dead_reason smallint, ended_at, lease bigint, worker text
WITH open AS MATERIALIZED (
    SELECT l.id AS lease_id, l.claimed_at, u.job_id, coalesce(u.seq, 0) AS seq, u.attempt, u.failures, u.crashes, u.run_at
    FROM {schema}.lease l
    CROSS JOIN LATERAL unnest(l.job_ids, l.seqs, l.attempts, l.failures, l.crashes, l.run_ats)
        AS u (job_id, seq, attempt, failures, crashes, run_at)
    WHERE l.bucket = $1::int AND u.job_id = ANY($2::uuid[])
)
SELECT j.id, j.kind, j.queue, j.priority, j.payload, j.params, j.tags, j.max_retries, j.retry, j.timeout_us,
    j.deadline, j.display_name, j.unique_key, j.unique_for_us, j.created_at,
    coalesce(p.run_at, (
        SELECT h.next_run_at FROM {schema}.history h
        WHERE h.bucket = $1::int AND h.job_id = j.id AND h.next_run_at IS NOT NULL ORDER BY h.seq DESC LIMIT 1
    ), j.run_at) AS run_at,
    p.claimed_at,
    coalesce(r.seq, l.seq, p.seq, h.seq + 1, 0) AS seq,
    coalesce(r.attempt, l.attempt, CASE WHEN p.lease_id IS NOT NULL THEN coalesce(p.attempt, 1) END, h.attempt, 0) AS attempt,
    coalesce(r.failures, l.failures, p.failures, h.failures, 0) AS failures,
    coalesce(r.crashes, l.crashes, p.crashes, h.crashes, 0) AS crashes,
    CASE
        WHEN r.seq IS NOT NULL THEN 2
        WHEN l.seq IS NOT NULL THEN CASE WHEN l.retrying THEN 4 ELSE 1 END
        WHEN p.lease_id IS NOT NULL THEN 3
        ELSE coalesce(h.state, 0)
    END AS state,
    CASE WHEN h.final THEN h.dead_reason END AS dead_reason,
    CASE WHEN h.final THEN h.ended_at END AS ended_at,
    coalesce(p.lease_id, 0) AS lease,
    coalesce((SELECT w.id FROM {schema}.worker w WHERE w.number = p.lease_id >> 36), '') AS worker
FROM unnest($2::uuid[]) AS i (id)
CROSS JOIN LATERAL (
    SELECT * FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = i.id LIMIT 1
) j
LEFT JOIN LATERAL (
    SELECT * FROM {schema}.history h WHERE h.bucket = $1::int AND h.job_id = j.id ORDER BY h.seq DESC LIMIT 1
) h ON true
LEFT JOIN LATERAL (
    -- Not asked of jobs that are elsewhere: of them it would look through all that are due with them.
    SELECT r.seq, r.attempt, r.failures, r.crashes FROM {schema}.ready r
    WHERE h.final IS NOT TRUE AND (SELECT true FROM open o WHERE o.job_id = j.id AND o.seq > coalesce(h.seq, -1) LIMIT 1) IS NULL
        AND r.bucket = $1::int AND r.queue_id = {schema}.name_hash(j.queue) AND r.kind_id = {schema}.name_hash(j.kind)
        AND r.rank = ~j.priority AND r.run_at = coalesce(h.next_run_at, j.run_at)
        AND r.id <= j.id AND (r.id = j.id OR j.id = ANY(r.more))
    ORDER BY r.id DESC
    LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT * FROM {schema}.later l
    WHERE l.bucket = $1::int AND l.run_at = coalesce(h.next_run_at, j.run_at) AND l.id = j.id
    LIMIT 1
) l ON true
LEFT JOIN LATERAL (
    SELECT * FROM open o WHERE o.job_id = j.id AND o.seq > coalesce(h.seq, -1) AND r.seq IS NULL AND l.seq IS NULL
    LIMIT 1
) p ON true
ORDER BY j.id DESC
