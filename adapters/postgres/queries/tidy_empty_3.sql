-- Whether a slot of ready is drained. Looked at under the exclusive lock: an inserter may have read
-- which slot is the present one before the ring turned.
-- One row: empty bool
SELECT NOT EXISTS (SELECT FROM {schema}.ready_3) AS empty
