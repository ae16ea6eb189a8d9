-- Locks the leases that results name, in one order for all, but for those that somebody else has locked: it
-- may be a user's transaction. The statements behind this one leave them alone; tasktower.busy tells which
-- they are. A statement of its own, so that the next one sees what a rescuer or an earlier try left.
-- Leases are looked up between the least and the greatest of their ids, too: of a list of ids alone a plan made for a
-- small table reads the whole index, with all that is dead in it, and filters.
-- $1 int: bucket; $2 bigint[]: leases, each once
-- One row: busy bigint[]
WITH mine AS MATERIALIZED (
    SELECT l.id FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[])
        AND l.id BETWEEN (SELECT min(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($2::bigint[]) AS b (id))
    ORDER BY l.id
    FOR UPDATE SKIP LOCKED
), busy AS MATERIALIZED (
    SELECT array_agg(l.id) AS ids FROM {schema}.lease l
    WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[])
        AND l.id BETWEEN (SELECT min(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT count(*) FROM mine) < cardinality($2::bigint[])
        AND l.id <> ALL(ARRAY(SELECT m.id FROM mine m))
)
SELECT coalesce(b.ids, '{}') AS busy, set_config('tasktower.busy', coalesce(b.ids, '{}')::text, true) FROM busy b
