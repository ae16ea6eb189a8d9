-- Names every queue, bytewise.
-- Rows: name text
SELECT q.name FROM {schema}.queue q ORDER BY q.name
