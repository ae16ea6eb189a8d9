-- Claims from several queues that count as one. Needs the lock of the bucket: what is picked is what is
-- deleted. Adds to the lease if an earlier statement of the claim made it.
-- $1 int: bucket; $2 bigint: lease; $3 int: how many jobs the lease may hold; $4 bigint[]: kinds
-- $5 bigint[]: queues; $6 int[]: at most so many of each; $7 int: at most so many in all
-- $8 smallint: only jobs with at most so many crashes; $9 bool: oldest due first, whatever the priority
-- $10 bigint: due for at least so many microseconds
-- $11 bigint[], $12 bigint[], $13 smallint[], $14 timestamptz[]: the lanes to look at: queue, kind, rank, and from which
-- due time on
-- One row: worker text (null: not live, or the lease was recalled), taken bigint, others bigint[] (queues
-- that hold jobs and were not asked for; null: none), now timestamptz,
-- heads timestamptz[] (when the first job of each lane was due; null: it has none; no array: the lease has no room)
WITH RECURSIVE {claim_live}, known (queue_id, kind_id, rank, floor) AS (
    SELECT * FROM unnest($11::bigint[], $12::bigint[], $13::smallint[], $14::timestamptz[])
), {claim_lanes_known}, {claim_as_one}, {claim_take}
SELECT (SELECT l.id FROM live l) AS worker, (SELECT b.jobs FROM batch b) AS taken,
    (SELECT array_agg(DISTINCT l.queue_id) FROM lane l WHERE l.queue_id <> ALL($5::bigint[]) AND l.head IS NOT NULL) AS others,
    statement_timestamp() AS now, (SELECT array_agg(l.head) FROM lane l) AS heads
