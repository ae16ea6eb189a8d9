-- The sizes of the slots of ready in bytes, the one that new rows go to, and the size of job.
-- One row: present bigint, then five sizes bigint
SELECT r.last_value AS present, pg_relation_size('{schema}.ready_0'), pg_relation_size('{schema}.ready_1'),
    pg_relation_size('{schema}.ready_2'), pg_relation_size('{schema}.ready_3'), pg_relation_size('{schema}.job')
FROM {schema}.ring r
