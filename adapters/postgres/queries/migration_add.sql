-- Writes down that a migration was applied.
-- $1 int: version; $2 text: name
INSERT INTO {schema}.migration (version, name) VALUES ($1::int, $2::text)
