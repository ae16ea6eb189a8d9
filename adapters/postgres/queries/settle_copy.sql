-- Stores that attempts ended well; the rows come in the binary format of COPY. The leases are locked.
COPY {schema}.history (bucket, seq, job_id, lease_id, claimed_at, started_at, ended_at,
    state, cause, attempt, failures, crashes, final)
FROM STDIN (FORMAT binary)
