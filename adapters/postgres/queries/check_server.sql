-- What must hold of the server.
-- $1 text: the migration table
-- One row: version int, encoding text, standby bool, read_only bool, migrated bool
SELECT current_setting('server_version_num')::int AS version,
    (SELECT pg_encoding_to_char(d.encoding) FROM pg_catalog.pg_database d WHERE d.datname = current_database())::text AS encoding,
    pg_is_in_recovery() AS standby, current_setting('transaction_read_only') = 'on' AS read_only,
    to_regclass($1::text) IS NOT NULL AS migrated
