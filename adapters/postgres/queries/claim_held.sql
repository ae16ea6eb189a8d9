-- Reads what a claim took, after its commit.
-- $1 int: bucket; $2 bigint: lease
-- At most one row: claimed_at timestamptz, job_ids uuid[] in run order, then arrays beside it, all of them
-- null if every job is in its first stay: seqs int[], attempts, failures, crashes smallint[], run_ats timestamptz[]
SELECT l.claimed_at, l.job_ids, l.seqs, l.attempts, l.failures, l.crashes, l.run_ats
FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = $2::bigint
