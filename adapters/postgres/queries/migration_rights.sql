-- Who has no right to migrate, and who may give it; each quoted where SQL needs it.
-- $1 text: schema
-- One row: role text, database text, owner text of the schema, null if there is no such schema
SELECT quote_ident(current_user)::text AS role, quote_ident(current_database())::text AS database,
    (SELECT quote_ident(pg_get_userbyid(n.nspowner)) FROM pg_catalog.pg_namespace n WHERE n.nspname = $1::text)::text AS owner
