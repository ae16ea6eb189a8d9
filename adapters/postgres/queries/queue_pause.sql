-- Pauses a queue, which need not exist yet.
-- $1 text: queue; $2 text: by; $3 text: note
INSERT INTO {schema}.queue AS q (name, paused_at, paused_by, note)
VALUES ($1::text, clock_timestamp(), $2::text, $3::text)
ON CONFLICT (name) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by, note = excluded.note
