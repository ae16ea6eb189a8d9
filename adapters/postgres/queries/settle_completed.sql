-- Stores that attempts of jobs without a unique key ended well. The leases are locked, but for those that
-- settle_lock.sql named, so nobody else settles under them; only what an earlier call settled has to be looked for.
-- Leases are looked up between the least and the greatest of their ids, too: of a list of ids alone a plan made for a
-- small table reads the whole index, with all that is dead in it, and filters.
-- $1 int: bucket; $2 uuid[]: jobs, each once; $3 bigint[]: leases; $4 int[]: seqs; $5 smallint[]: attempts
-- $6 smallint[]: failures; $7 smallint[]: crashes; $8, $9 timestamptz[]: started, ended
-- $10 bigint[]: the leases, each once
-- Rows: place int of each refused result, from 0
WITH input AS MATERIALIZED (
    SELECT i.job_id, i.lease_id, i.seq, i.attempt, i.failures, i.crashes, i.started_at, i.ended_at, i.place::int - 1 AS place
    FROM unnest($2::uuid[], $3::bigint[], $4::int[], $5::smallint[], $6::smallint[], $7::smallint[],
        $8::timestamptz[], $9::timestamptz[])
        WITH ORDINALITY AS i (job_id, lease_id, seq, attempt, failures, crashes, started_at, ended_at, place)
), held AS MATERIALIZED (
    SELECT l.id AS lease_id, l.claimed_at, l.whole, u.job_id, coalesce(u.seq, 0) AS seq
    FROM (
        -- The fence keeps the array from being read once more for each of its elements.
        SELECT l.id, l.claimed_at, l.open = cardinality(l.job_ids) AS whole, l.job_ids, l.seqs
        FROM {schema}.lease l
        WHERE l.bucket = $1::int AND l.id = ANY($10::bigint[])
            AND l.id BETWEEN (SELECT min(b.id) FROM unnest($10::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($10::bigint[]) AS b (id))
            AND l.id <> ALL((SELECT coalesce(nullif(current_setting('tasktower.busy', true), ''), '{}'))::bigint[])
        OFFSET 0
    ) l
    CROSS JOIN LATERAL unnest(l.job_ids, l.seqs) AS u (job_id, seq)
), stored AS (
    INSERT INTO {schema}.history (bucket, seq, job_id, lease_id, claimed_at, started_at, ended_at,
        state, cause, attempt, failures, crashes, final)
    SELECT $1::int, i.seq, i.job_id, i.lease_id, h.claimed_at, i.started_at,
        coalesce(i.ended_at, statement_timestamp()), 5, 3, i.attempt, i.failures, i.crashes, true
    FROM input i
    JOIN held h ON h.job_id = i.job_id AND h.lease_id = i.lease_id AND h.seq = i.seq
    WHERE CASE WHEN h.whole THEN true ELSE (
        SELECT true FROM {schema}.history d
        WHERE d.bucket = $1::int AND d.job_id = i.job_id AND d.seq = i.seq LIMIT 1) IS NULL END
    RETURNING job_id, seq, lease_id
), settled AS MATERIALIZED (
    SELECT s.lease_id, count(*)::int AS jobs FROM stored s GROUP BY s.lease_id
), closed AS (
    DELETE FROM {schema}.lease l USING settled s
    WHERE l.bucket = $1::int AND l.id = ANY($10::bigint[])
        AND l.id BETWEEN (SELECT min(b.id) FROM unnest($10::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($10::bigint[]) AS b (id)) AND l.id = s.lease_id AND l.open <= s.jobs
), lowered AS (
    UPDATE {schema}.lease l SET open = l.open - s.jobs FROM settled s
    WHERE l.bucket = $1::int AND l.id = ANY($10::bigint[])
        AND l.id BETWEEN (SELECT min(b.id) FROM unnest($10::bigint[]) AS b (id)) AND (SELECT max(b.id) FROM unnest($10::bigint[]) AS b (id)) AND l.id = s.lease_id AND l.open > s.jobs
), answered AS (
    DELETE FROM {schema}.cancel_request c WHERE c.bucket = $1::int AND c.job_id = ANY(ARRAY(SELECT s.job_id FROM stored s))
), missing AS MATERIALIZED (
    SELECT i.place, i.job_id, i.seq, i.lease_id
    FROM input i
    LEFT JOIN stored s ON s.job_id = i.job_id AND s.seq = i.seq AND s.lease_id = i.lease_id
    WHERE s.job_id IS NULL
)
SELECT m.place
FROM missing m
WHERE m.lease_id IS DISTINCT FROM (
    SELECT h.lease_id FROM {schema}.history h
    WHERE h.bucket = $1::int AND h.job_id = m.job_id AND h.seq = m.seq AND h.state = 5 LIMIT 1)
ORDER BY m.place
