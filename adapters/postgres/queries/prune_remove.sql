-- Ends what prune_take took.
-- $1 int: bucket; $2 uuid: behind this id
DELETE FROM {schema}.prune p WHERE p.bucket = $1::int AND p.after = $2::uuid
