-- Lists every queue that has or had jobs or was paused, bytewise.
-- Rows: name text, paused_at timestamptz, paused_by text, note text
SELECT q.name, p.paused_at, coalesce(p.paused_by, ''), coalesce(p.note, '')
FROM (SELECT DISTINCT q.name FROM {schema}.queue q) q
LEFT JOIN {schema}.pause p ON p.queue = q.name
ORDER BY q.name
