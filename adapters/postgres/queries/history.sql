-- Reads how the stays of a job ended, oldest first.
-- $1 int: bucket; $2 uuid: job
SELECT h.seq, h.lease_id IS NOT NULL AS claimed, h.claimed_at, h.ended_at, h.next_run_at, h.state, h.cause, h.attempt,
    coalesce((SELECT w.id FROM {schema}.worker w WHERE w.number = h.lease_id >> 36), '') AS worker,
    coalesce((SELECT n.text FROM {schema}.note n WHERE n.bucket = $1::int AND n.job_id = h.job_id AND n.seq = h.seq), '') AS note
FROM {schema}.history h
WHERE h.bucket = $1::int AND h.job_id = $2::uuid
ORDER BY h.seq
