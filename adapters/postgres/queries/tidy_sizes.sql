-- The sizes of the slots of ready in bytes, and the one that new rows go to. Takes the turn to look after the
-- slots, if there may be something to do and nobody has had it lately: many workers ask. Nothing durable: the
-- commit does not wait for the disk.
-- $1 bigint: for how many milliseconds a turn lasts; $2 bigint: how large the present slot may get
-- One row: turn bool, present bigint, then four sizes bigint
SELECT CASE WHEN abs(c.now - t.last_value) >= $1::bigint
        AND (s.sizes[s.present + 1] >= $2::bigint OR s.sizes[1] + s.sizes[2] + s.sizes[3] + s.sizes[4] > s.sizes[s.present + 1])
    THEN set_config('synchronous_commit', 'off', true) = 'off' AND setval('{schema}.tidied', c.now) > 0 ELSE false END AS turn,
    s.present, s.sizes[1], s.sizes[2], s.sizes[3], s.sizes[4]
FROM (
    SELECT r.last_value AS present, ARRAY[pg_relation_size('{schema}.ready_0'), pg_relation_size('{schema}.ready_1'),
        pg_relation_size('{schema}.ready_2'), pg_relation_size('{schema}.ready_3')] AS sizes
    FROM {schema}.ring r
) s
CROSS JOIN {schema}.tidied t
CROSS JOIN (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) c
