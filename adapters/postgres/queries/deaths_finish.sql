-- Forgets that Death interceptors have yet to run, of deaths that a worker has and after which nothing
-- happened to the job.
-- $1 int: bucket; $2 bigint: worker; $3 uuid[]: jobs, each once; $4 int[]: seq of each that is dead
DELETE FROM {schema}.death d USING unnest($3::uuid[], $4::int[]) AS f (job_id, seq)
WHERE d.bucket = $1::int AND d.job_id = ANY($3::uuid[]) AND d.job_id = f.job_id AND d.worker = $2::bigint
    AND (SELECT true FROM {schema}.history h
        WHERE h.bucket = $1::int AND h.job_id = f.job_id AND h.seq >= f.seq LIMIT 1) IS NULL
