-- Pauses a queue, which need not exist yet.
-- $1 text: queue; $2 text: by; $3 text: note
WITH known AS (
    INSERT INTO {schema}.queue (id, name)
    SELECT {schema}.name_hash($1::text), $1::text
    WHERE NOT EXISTS (SELECT FROM {schema}.queue q WHERE q.name = $1::text)
)
INSERT INTO {schema}.pause (queue, queue_id, paused_at, paused_by, note)
VALUES ($1::text, {schema}.name_hash($1::text), clock_timestamp(), $2::text, $3::text)
ON CONFLICT (queue) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, note = excluded.note
