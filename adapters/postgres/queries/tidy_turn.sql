-- Turns the ring, if nobody else has: new rows go to another slot.
-- $1 bigint: slot; $2 bigint: the present one
SELECT setval('{schema}.ring', $1::bigint) FROM {schema}.ring r WHERE r.last_value = $2::bigint
