-- Whether the schema exists.
-- $1 text: schema
SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = $1::text) AS found
