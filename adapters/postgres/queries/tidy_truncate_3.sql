-- Frees a drained slot of ready, whatever snapshots are held.
TRUNCATE {schema}.ready_3
