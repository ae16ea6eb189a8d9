-- Reads how long final jobs are kept.
-- Rows: kind text, completed_us bigint, cancelled_us bigint, dead_us bigint; null: for ever
SELECT r.kind, r.completed_us, r.cancelled_us, r.dead_us FROM {schema}.retention r
