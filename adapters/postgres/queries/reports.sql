-- Reads what the handlers of a job's attempts told, oldest first, but for their lines.
-- $1 int: bucket; $2 uuid: job
SELECT r.seq, r.attempt, r.worker, coalesce(r.done, 0), coalesce(r.total, 0), coalesce(r.note, ''), r.progress_at,
    r.dropped, r.output
FROM {schema}.report r WHERE r.bucket = $1::int AND r.job_id = $2::uuid ORDER BY r.seq
