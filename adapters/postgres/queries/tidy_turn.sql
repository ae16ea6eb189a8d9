-- Turns the ring: new rows go to another slot.
-- $1 bigint: slot
SELECT setval('{schema}.ring', $1::bigint)
