-- Stores what handlers tell of attempts that their leases hold. The leases are locked, but for those that
-- settle_lock.sql named. Comes before the results of the same transaction, which end that.
-- $1 int: bucket; $2 text: a JSON array of updates; see reportRow; $3 int: reports that a job keeps, at least 2
WITH input AS MATERIALIZED (
    SELECT DISTINCT ON (i.job_id) i.*
    FROM json_to_recordset($2::text::json) AS i (
        place int, job_id uuid, lease_id bigint, seq int, attempt int,
        progress json, lines json, dropped int, output json)
    WHERE coalesce((
            SELECT true FROM {schema}.lease l
            CROSS JOIN LATERAL unnest(l.job_ids, l.seqs) AS u (job_id, seq)
            WHERE l.bucket = $1::int AND l.id = i.lease_id AND u.job_id = i.job_id AND coalesce(u.seq, 0) = i.seq
                AND l.id <> ALL((SELECT coalesce(nullif(current_setting('tasktower.busy', true), ''), '{}'))::bigint[])
            LIMIT 1), false)
        AND (SELECT true FROM {schema}.history h
            WHERE h.bucket = $1::int AND h.job_id = i.job_id AND h.seq = i.seq LIMIT 1) IS NULL
    ORDER BY i.job_id, i.place DESC
), told AS (
    INSERT INTO {schema}.report AS r (bucket, job_id, seq, attempt, worker, done, total, note, progress_at, dropped, output)
    SELECT $1::int, i.job_id, i.seq, i.attempt,
        coalesce((SELECT w.id FROM {schema}.worker w WHERE w.number = i.lease_id >> 36), ''),
        p.done, p.total, p.note, p.at, i.dropped, i.output
    FROM input i
    CROSS JOIN LATERAL json_to_record(coalesce(i.progress, '{}')) AS p (done bigint, total bigint, note text, at timestamptz)
    ON CONFLICT (bucket, job_id, seq) DO UPDATE SET
        done = coalesce(excluded.done, r.done), total = coalesce(excluded.total, r.total),
        note = CASE WHEN excluded.progress_at IS NULL THEN r.note ELSE excluded.note END, progress_at = coalesce(excluded.progress_at, r.progress_at),
        dropped = greatest(excluded.dropped, r.dropped), output = coalesce(excluded.output, r.output)
), written AS (
    INSERT INTO {schema}.report_line (bucket, job_id, seq, n, at, level, text)
    SELECT $1::int, i.job_id, i.seq, l.n, l.at, l.level, l.text
    FROM input i
    CROSS JOIN LATERAL json_to_recordset(coalesce(i.lines, '[]')) AS l (n int, at timestamptz, level int, text text)
    ON CONFLICT (bucket, job_id, seq, n) DO NOTHING
), surplus AS MATERIALIZED (
    SELECT i.job_id, (
        SELECT o.seq FROM {schema}.report o
        WHERE o.bucket = $1::int AND o.job_id = i.job_id AND o.seq < i.seq
        ORDER BY o.seq DESC OFFSET $3::int - 1 LIMIT 1) AS seq
    FROM input i
    WHERE i.seq >= $3::int
), forgotten AS (
    DELETE FROM {schema}.report r USING surplus s
    WHERE r.bucket = $1::int AND r.job_id = s.job_id AND r.seq <= s.seq
)
DELETE FROM {schema}.report_line l USING surplus s
WHERE l.bucket = $1::int AND l.job_id = s.job_id AND l.seq <= s.seq
