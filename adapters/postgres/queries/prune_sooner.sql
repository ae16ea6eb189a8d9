-- Asks to look at a job again within an hour, unless somebody is looking.
-- $1 int: bucket; $2 uuid: job
UPDATE {schema}.prune p SET due_at = statement_timestamp() + interval '1 hour'
WHERE p.bucket = $1::int AND p.due_at > statement_timestamp() + interval '1 hour' AND p.after = (
    SELECT o.after FROM {schema}.prune o
    WHERE o.bucket = $1::int AND o.after < $2::uuid AND o.upto >= $2::uuid
    ORDER BY o.after DESC
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
