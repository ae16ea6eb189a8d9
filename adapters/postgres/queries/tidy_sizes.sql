-- The sizes of the slots of ready in bytes, the one that new rows go to, and the size of job. Takes the turn to
-- look after the slots if nobody has had it lately: many workers ask.
-- $1 bigint: for how many milliseconds a turn lasts
-- One row: turn bool, present bigint, then five sizes bigint
SELECT CASE WHEN abs(c.now - t.last_value) >= $1::bigint THEN setval('{schema}.tidied', c.now) IS NOT NULL ELSE false END AS turn,
    r.last_value AS present, pg_relation_size('{schema}.ready_0'), pg_relation_size('{schema}.ready_1'),
    pg_relation_size('{schema}.ready_2'), pg_relation_size('{schema}.ready_3'), pg_relation_size('{schema}.job')
FROM {schema}.ring r
CROSS JOIN {schema}.tidied t
CROSS JOIN (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) c
