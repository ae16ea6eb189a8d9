-- Lists every queue that has or had jobs or was paused, bytewise.
SELECT q.name, q.paused_at, coalesce(q.paused_by, ''), coalesce(q.note, '') FROM {schema}.queue q ORDER BY q.name
