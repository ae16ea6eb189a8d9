-- Makes the table that says which version the schema has.
CREATE TABLE IF NOT EXISTS {schema}.migration (
    version    int         NOT NULL,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT migration_pkey PRIMARY KEY (version)
)
