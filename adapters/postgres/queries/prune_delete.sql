-- Forgets locked jobs with all that belongs to them: those that still are final, whose death no live worker is
-- about to mourn and none of whose leases is open. An open lease needs the history of its jobs to tell who is
-- settled.
-- $1 int: bucket; $2 uuid[]: jobs; $3 int[]: the seq of the final row of each
-- Rows: id uuid of each job forgotten
WITH gone AS MATERIALIZED (
    SELECT i.id
    FROM unnest($2::uuid[], $3::int[]) AS i (id, seq)
    WHERE (SELECT h.final FROM {schema}.history h WHERE h.bucket = $1::int AND h.job_id = i.id AND h.seq = i.seq LIMIT 1)
        AND (SELECT true FROM {schema}.death d
            CROSS JOIN LATERAL (
                SELECT w.number FROM {schema}.worker w
                WHERE w.number = d.worker AND w.stopped_at IS NULL AND w.live_until > clock_timestamp() LIMIT 1) w
            WHERE d.bucket = $1::int AND d.job_id = i.id LIMIT 1) IS NULL
        AND (SELECT true FROM {schema}.history h
            CROSS JOIN LATERAL (
                SELECT l.id FROM {schema}.lease l WHERE l.bucket = $1::int AND l.id = h.lease_id LIMIT 1) l
            WHERE h.bucket = $1::int AND h.job_id = i.id LIMIT 1) IS NULL
), span AS MATERIALIZED (
    -- Of a list of ids alone a plan made for a small table reads the whole index and filters.
    SELECT (SELECT g.id FROM gone g ORDER BY g.id LIMIT 1) AS low, (SELECT g.id FROM gone g ORDER BY g.id DESC LIMIT 1) AS high
), jobs AS (
    -- They are locked, so their places do not change.
    DELETE FROM {schema}.job j WHERE j.ctid = ANY(ARRAY(SELECT (
        SELECT o.ctid FROM {schema}.job o WHERE o.bucket = $1::int AND o.id = g.id LIMIT 1) FROM gone g))
    RETURNING j.id, j.deadline, j.unique_key
), history AS (
    DELETE FROM {schema}.history h WHERE h.bucket = $1::int AND h.job_id = ANY(ARRAY(SELECT g.id FROM gone g))
), notes AS (
    DELETE FROM {schema}.note n WHERE n.bucket = $1::int AND n.job_id = ANY(ARRAY(SELECT g.id FROM gone g))
        AND n.job_id BETWEEN (SELECT s.low FROM span s) AND (SELECT s.high FROM span s)
), failures AS (
    DELETE FROM {schema}.failure f WHERE f.bucket = $1::int AND f.job_id = ANY(ARRAY(SELECT g.id FROM gone g))
        AND f.job_id BETWEEN (SELECT s.low FROM span s) AND (SELECT s.high FROM span s)
), reports AS (
    DELETE FROM {schema}.report r WHERE r.bucket = $1::int AND r.job_id = ANY(ARRAY(SELECT g.id FROM gone g))
        AND r.job_id BETWEEN (SELECT s.low FROM span s) AND (SELECT s.high FROM span s)
), lines AS (
    DELETE FROM {schema}.report_line l WHERE l.bucket = $1::int AND l.job_id = ANY(ARRAY(SELECT g.id FROM gone g))
        AND l.job_id BETWEEN (SELECT s.low FROM span s) AND (SELECT s.high FROM span s)
), requests AS (
    DELETE FROM {schema}.cancel_request c WHERE c.bucket = $1::int AND c.job_id = ANY(ARRAY(SELECT g.id FROM gone g))
), deaths AS (
    DELETE FROM {schema}.death d WHERE d.bucket = $1::int AND d.job_id = ANY(ARRAY(SELECT g.id FROM gone g))
), deadlines AS (
    DELETE FROM {schema}.deadline d
    WHERE d.ctid = ANY(ARRAY(
        SELECT k.tid FROM jobs j
        CROSS JOIN LATERAL (
            SELECT d.ctid AS tid FROM {schema}.deadline d
            WHERE d.bucket = $1::int AND d.at = j.deadline AND d.job_id = j.id
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) k
        WHERE j.deadline IS NOT NULL))
), keys AS (
    DELETE FROM {schema}.unique_key u
    WHERE u.ctid = ANY(ARRAY(
        SELECT k.tid FROM jobs j
        CROSS JOIN LATERAL (
            SELECT u.ctid AS tid FROM {schema}.unique_key u
            WHERE u.bucket = $1::int AND u.key = j.unique_key AND u.job_id = j.id
            LIMIT 1 FOR UPDATE SKIP LOCKED
        ) k
        WHERE j.unique_key IS NOT NULL))
)
SELECT j.id FROM jobs j
