-- Looks for lanes that hold jobs, past everything that is dead. Locks nothing.
-- $1 int: bucket
-- Rows: queue_id bigint, kind_id bigint, rank smallint, head timestamptz (when the first job was due)
WITH RECURSIVE live (room) AS (VALUES (1)), {claim_lanes}
SELECT l.queue_id, l.kind_id, l.rank, l.head FROM lane l
