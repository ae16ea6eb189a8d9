-- Writes down that a migration was taken back.
-- $1 int: version
DELETE FROM {schema}.migration m WHERE m.version = $1::int
