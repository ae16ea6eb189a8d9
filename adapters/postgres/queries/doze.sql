-- Says that a worker waits for hints. Never lowers what another said.
-- $1 bigint: for how many milliseconds
SELECT setval('{schema}.hungry', greatest(
    (SELECT s.last_value FROM {schema}.hungry s), (extract(epoch FROM clock_timestamp()) * 1000)::bigint + $1::bigint))
