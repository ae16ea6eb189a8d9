-- The version of the schema.
-- One row: version int
SELECT coalesce(max(m.version), 0) AS version FROM {schema}.migration m
