-- Sends hints, if somebody waits for them. Nothing durable: the commit does not wait for the disk.
-- $1 text: channel; $2 text[]: hints; $3 bool: also if nobody waits
SELECT pg_notify($1::text, h.hint), set_config('synchronous_commit', 'off', true)
FROM unnest($2::text[]) AS h (hint)
WHERE $3::bool OR (SELECT s.last_value FROM {schema}.hungry s) > extract(epoch FROM clock_timestamp()) * 1000
