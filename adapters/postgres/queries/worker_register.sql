-- Makes a worker known and live.
-- $1 text: id; $2 text: host; $3 bigint: pid; $4 text: version; $5 text[]: queues, null: all; $6 text[]: kinds
-- $7 int: slots; $8 int: running; $9 int: overstaying; $10 bigint: live for so many microseconds
-- $11 bigint: microseconds between two beats; $12 bigint: the number it had before, or none; $13 text: JSON of its terms
-- One row: number bigint; none: the id is known
INSERT INTO {schema}.worker (id, host, pid, version, queues, kinds, slots, running, overstaying, heartbeat_us,
    started_at, beat_at, live_until, paused_at, paused_by, pause_note, draining_at, terms)
SELECT $1::text, $2::text, $3::bigint, $4::text, $5::text[], $6::text[], $7::int, $8::int, $9::int, $11::bigint,
    statement_timestamp(), statement_timestamp(), statement_timestamp() + $10::bigint * interval '1 microsecond',
    b.paused_at, coalesce(b.paused_by, ''), coalesce(b.pause_note, ''), b.draining_at, $13::text::json
FROM (VALUES (true)) AS one
LEFT JOIN {schema}.worker b ON b.number = $12::bigint
ON CONFLICT (id) DO NOTHING
RETURNING number
