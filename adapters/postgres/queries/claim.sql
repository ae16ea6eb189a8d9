-- Claims from queues in the given order, each by (priority desc, run_at, id). Needs the lock of the
-- bucket: what is picked is what is deleted. Adds to the lease if an earlier statement of the claim made it.
-- $1 int: bucket; $2 bigint: lease; $3 int: how many jobs the lease may hold; $4 bigint[]: kinds
-- $5 bigint[]: queues; $6 int[]: quotas; $7 int[]: how many first jobs of the queue to leave out
-- $8 smallint: only jobs with at most so many crashes
-- One row: worker text (null: not live, or the lease was recalled), taken bigint, others bigint[] (queues
-- that hold jobs and were not asked for; null: none)
WITH RECURSIVE {claim_live}, {claim_lanes}, {claim_by_queue}, {claim_take}
SELECT (SELECT l.id FROM live l) AS worker, (SELECT b.jobs FROM batch b) AS taken,
    (SELECT array_agg(DISTINCT l.queue_id) FROM lane l WHERE l.queue_id <> ALL($5::bigint[])) AS others
