-- Reads the lines that the handlers of a job's attempts wrote, oldest first.
-- $1 int: bucket; $2 uuid: job
SELECT l.seq, l.at, l.level, l.text
FROM {schema}.report_line l WHERE l.bucket = $1::int AND l.job_id = $2::uuid ORDER BY l.seq, l.n
