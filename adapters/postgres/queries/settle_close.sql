-- Ends the part of leases whose results settle_copy.sql has stored, and cancel requests for its jobs, which come too
-- late. The leases are locked.
-- Leases are looked up between the least and the greatest of their ids, too: of a list of ids alone a plan made for a
-- small table reads the whole index, with all that is dead in it, and filters.
-- $1 int: bucket; $2 bigint[]: the leases, each once; $3 int[]: how many results of each; $4 uuid[]: the jobs, if
-- any job is asked to be cancelled
WITH settled AS MATERIALIZED (
    SELECT s.lease_id, s.jobs FROM unnest($2::bigint[], $3::int[]) AS s (lease_id, jobs)
), closed AS (
    DELETE FROM {schema}.lease l USING settled s
    WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[])
        AND l.id BETWEEN (SELECT min(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($2::bigint[]) AS b (id)) AND l.id = s.lease_id AND l.open <= s.jobs
), lowered AS (
    UPDATE {schema}.lease l SET open = l.open - s.jobs FROM settled s
    WHERE l.bucket = $1::int AND l.id = ANY($2::bigint[])
        AND l.id BETWEEN (SELECT min(b.id) FROM unnest($2::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($2::bigint[]) AS b (id)) AND l.id = s.lease_id AND l.open > s.jobs
)
DELETE FROM {schema}.cancel_request c
WHERE c.bucket = $1::int AND c.job_id = ANY($4::uuid[])
