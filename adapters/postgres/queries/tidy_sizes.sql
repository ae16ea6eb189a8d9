-- The sizes of the slots of ready in bytes, and the one that new rows go to.
-- One row: present bigint, then four sizes bigint
SELECT r.last_value AS present, pg_relation_size('{schema}.ready_0'), pg_relation_size('{schema}.ready_1'),
    pg_relation_size('{schema}.ready_2'), pg_relation_size('{schema}.ready_3')
FROM {schema}.ring r
