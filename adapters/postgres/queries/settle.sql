-- Stores results of any sort. The leases are locked, but for those that settle_lock.sql named.
-- Leases are looked up between the least and the greatest of their ids, too: of a list of ids alone a plan made for a
-- small table reads the whole index, with all that is dead in it, and filters.
-- $1 int: bucket; $2 text: a JSON array of results; see settleRow
-- Rows: place int, verdict text: lost, cancelled (refused: a cancel request waits), busy (somebody else has
-- locked the unique key), ready (queue holds the queue to announce) or later; queue text. A result without a
-- row is stored.
WITH input AS MATERIALIZED (
    SELECT i.* FROM json_to_recordset($2::text::json) AS i (
        place int, job_id uuid, lease_id bigint, seq int, state smallint, cause smallint, dead_reason smallint,
        note text, wait_us bigint, attempt smallint, failures smallint, crashes smallint,
        started_at timestamptz, ended_at timestamptz, notice bool, keyed bool, failure json)
), held AS MATERIALIZED (
    SELECT l.id AS lease_id, l.claimed_at, u.job_id, coalesce(u.seq, 0) AS seq, u.run_at
    FROM {schema}.lease l
    CROSS JOIN LATERAL unnest(l.job_ids, l.seqs, l.run_ats) AS u (job_id, seq, run_at)
    WHERE l.bucket = $1::int AND l.id = ANY(ARRAY(SELECT DISTINCT i.lease_id FROM input i))
        AND l.id BETWEEN (SELECT min(i.lease_id) FROM input i) AND (SELECT max(i.lease_id) FROM input i)
        AND l.id <> ALL((SELECT coalesce(nullif(current_setting('tasktower.busy', true), ''), '{}'))::bigint[])
), matched AS MATERIALIZED (
    SELECT i.*, h.claimed_at, coalesce(i.ended_at, statement_timestamp()) AS ended,
        CASE i.state
            WHEN 1 THEN statement_timestamp() + i.wait_us * interval '1 microsecond'
            WHEN 4 THEN statement_timestamp() + i.wait_us * interval '1 microsecond'
            WHEN 2 THEN coalesce(h.run_at, (
                SELECT j.run_at FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = i.job_id LIMIT 1))
        END AS next_run_at,
        i.state IN (1, 2, 4, 7) AND EXISTS (SELECT FROM {schema}.cancel_request) AND coalesce((
            SELECT true FROM {schema}.cancel_request c WHERE c.bucket = $1::int AND c.job_id = i.job_id LIMIT 1), false) AS unwanted
    FROM input i
    JOIN held h ON h.job_id = i.job_id AND h.lease_id = i.lease_id AND h.seq = i.seq
), keys AS MATERIALIZED (
    SELECT m.place, m.job_id, j.unique_key
    FROM matched m
    CROSS JOIN LATERAL (SELECT j.unique_key FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = m.job_id LIMIT 1) j
    WHERE m.keyed AND m.state IN (5, 6, 7) AND NOT m.unwanted
), mine AS MATERIALIZED (
    SELECT u.key
    FROM (SELECT k.unique_key, k.job_id FROM keys k WHERE k.unique_key IS NOT NULL ORDER BY k.unique_key) k
    CROSS JOIN LATERAL (
        SELECT u.key FROM {schema}.unique_key u
        WHERE u.bucket = $1::int AND u.key = k.unique_key AND u.job_id = k.job_id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) u
), busy AS MATERIALIZED (
    SELECT k.place
    FROM keys k
    LEFT JOIN mine m ON m.key = k.unique_key
    WHERE m.key IS NULL AND (SELECT true FROM {schema}.unique_key u
        WHERE u.bucket = $1::int AND u.key = k.unique_key AND u.job_id = k.job_id LIMIT 1)
), stored AS (
    INSERT INTO {schema}.history (bucket, seq, job_id, lease_id, claimed_at, started_at, ended_at, next_run_at,
        state, cause, dead_reason, attempt, failures, crashes, final)
    SELECT $1::int, m.seq, m.job_id, m.lease_id, m.claimed_at, m.started_at, m.ended, m.next_run_at,
        m.state, m.cause, m.dead_reason, m.attempt, m.failures, m.crashes, m.state IN (5, 6, 7)
    FROM matched m
    WHERE NOT m.unwanted AND m.place <> ALL(ARRAY(SELECT b.place FROM busy b))
    ORDER BY m.place
    ON CONFLICT (bucket, job_id, seq) DO NOTHING
    RETURNING job_id, seq, lease_id, state
), moved AS MATERIALIZED (
    SELECT DISTINCT ON (m.job_id, m.seq) m.*, j.queue, j.kind, j.priority, j.unique_key
    FROM matched m
    JOIN stored s ON s.job_id = m.job_id AND s.seq = m.seq AND s.lease_id = m.lease_id AND s.state = m.state
    CROSS JOIN LATERAL (
        SELECT j.queue, j.kind, j.priority, j.unique_key
        FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = m.job_id LIMIT 1
    ) j
    ORDER BY m.job_id, m.seq, m.place
), waiting AS (
    INSERT INTO {schema}.later (bucket, queue_id, kind_id, seq, run_at, id, priority, attempt, failures, crashes, retrying)
    SELECT $1::int, {schema}.name_hash(m.queue), {schema}.name_hash(m.kind),
        m.seq + 1, m.next_run_at, m.job_id, m.priority, m.attempt, m.failures, m.crashes, m.state = 4
    FROM moved m WHERE m.state IN (1, 4)
), due AS (
    INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes)
    SELECT $1::int, {schema}.name_hash(m.queue), {schema}.name_hash(m.kind), ~m.priority, m.next_run_at, m.job_id,
        (SELECT r.last_value FROM {schema}.ring r), m.seq + 1, m.attempt, m.failures, m.crashes
    FROM moved m WHERE m.state = 2
), noted AS (
    INSERT INTO {schema}.note (bucket, job_id, seq, text)
    SELECT $1::int, m.job_id, m.seq, m.note FROM moved m WHERE m.note <> ''
), failed AS (
    INSERT INTO {schema}.failure (bucket, job_id, seq, attempt, at, worker, type, message, stack)
    SELECT $1::int, m.job_id, m.seq, m.attempt, m.ended,
        coalesce((SELECT w.id FROM {schema}.worker w WHERE w.number = m.lease_id >> 36), ''),
        f.type, f.message, f.stack
    FROM moved m
    CROSS JOIN LATERAL json_to_record(m.failure) AS f (type text, message text, stack text)
    WHERE m.failure IS NOT NULL
), died AS (
    INSERT INTO {schema}.death (bucket, job_id, kind, worker, since)
    SELECT $1::int, m.job_id, m.kind, m.lease_id >> 36, statement_timestamp() FROM moved m WHERE m.state = 7 AND m.notice
    ON CONFLICT (bucket, job_id) DO UPDATE SET worker = excluded.worker, since = excluded.since
), answered AS (
    DELETE FROM {schema}.cancel_request c
    WHERE c.bucket = $1::int AND c.job_id = ANY(ARRAY(SELECT m.job_id FROM moved m WHERE m.state IN (5, 6, 7)))
), holding AS MATERIALIZED (
    SELECT (
        SELECT u.ctid FROM {schema}.unique_key u
        WHERE u.bucket = $1::int AND u.key = m.unique_key AND u.job_id = m.job_id LIMIT 1) AS place
    FROM moved m
    WHERE m.keyed AND m.state IN (5, 6, 7)
), freed AS (
    DELETE FROM {schema}.unique_key u
    WHERE u.ctid = ANY(ARRAY(SELECT h.place FROM holding h)) AND u.until <= statement_timestamp()
), kept AS (
    UPDATE {schema}.unique_key u SET live = false
    WHERE u.ctid = ANY(ARRAY(SELECT h.place FROM holding h)) AND u.until > statement_timestamp()
), refused AS MATERIALIZED (
    -- An attempt that an earlier result has ended cannot be cancelled any more: one of this call, or one of
    -- before under a lease that is open for other jobs.
    SELECT m.place FROM matched m
    LEFT JOIN moved v ON v.job_id = m.job_id AND v.seq = m.seq AND v.place < m.place
    WHERE m.unwanted AND v.place IS NULL AND NOT coalesce((
        SELECT true FROM {schema}.history h WHERE h.bucket = $1::int AND h.job_id = m.job_id AND h.seq = m.seq LIMIT 1), false)
), settled AS MATERIALIZED (
    SELECT s.lease_id, count(*)::int AS jobs FROM stored s GROUP BY s.lease_id
), closed AS (
    DELETE FROM {schema}.lease l USING settled s
    WHERE l.bucket = $1::int AND l.id BETWEEN (SELECT min(i.lease_id) FROM input i) AND (SELECT max(i.lease_id) FROM input i)
        AND l.id = s.lease_id AND l.open <= s.jobs
), lowered AS (
    UPDATE {schema}.lease l SET open = l.open - s.jobs FROM settled s
    WHERE l.bucket = $1::int AND l.id BETWEEN (SELECT min(i.lease_id) FROM input i) AND (SELECT max(i.lease_id) FROM input i)
        AND l.id = s.lease_id AND l.open > s.jobs
)
SELECT m.place, 'cancelled' AS verdict, '' AS queue FROM refused m
UNION ALL
SELECT m.place, CASE m.state WHEN 2 THEN 'ready' ELSE 'later' END, m.queue FROM moved m WHERE m.state IN (1, 2, 4)
UNION ALL
SELECT b.place, 'busy', '' FROM busy b
UNION ALL
SELECT i.place, 'lost', '' FROM input i
LEFT JOIN refused m ON m.place = i.place
LEFT JOIN stored s ON s.job_id = i.job_id AND s.seq = i.seq AND s.lease_id = i.lease_id AND s.state = i.state
WHERE s.job_id IS NULL AND m.place IS NULL AND i.place <> ALL(ARRAY(SELECT b.place FROM busy b)) AND i.lease_id IS DISTINCT FROM (
    SELECT h.lease_id FROM {schema}.history h
    WHERE h.bucket = $1::int AND h.job_id = i.job_id AND h.seq = i.seq AND h.state = i.state LIMIT 1)
ORDER BY 1
