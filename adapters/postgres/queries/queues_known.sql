-- Names every queue, bytewise; a name may come twice.
-- Rows: name text
SELECT q.name FROM {schema}.queue q ORDER BY q.name
