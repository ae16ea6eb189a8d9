-- Task Tower, version 1 of the schema.
--
-- A job's facts stand in job and never change. Where a job waits says in which
-- state it is: in ready it is enqueued, in later it is scheduled or retrying, in
-- an open lease it is processing; otherwise its last row in history tells.
-- The view jobs puts it together for people.
--
-- seq counts the stays of one job: the row in ready or later, or the place in a
-- lease, carries the seq that the row in history will have which ends the stay. A
-- number missing in history is a stay in later that ended by becoming due.
--
-- Codes, the same in every table:
--   state        1 scheduled, 2 enqueued, 3 processing, 4 retrying, 5 completed, 6 cancelled, 7 dead
--   cause        1 due, 2 claim, 3 success, 4 failure, 5 snooze, 6 release, 7 rescue, 8 cancel, 9 deadline, 10 requeue
--   dead_reason  1 retries, 2 deadline, 3 poison, 4 rejected

CREATE FUNCTION {schema}.uuid7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;
COMMENT ON FUNCTION {schema}.uuid7() IS 'A version 7 UUID (RFC 9562) of this moment, for jobs that plain SQL inserts.';

CREATE TABLE {schema}.job (
    bucket        int         NOT NULL DEFAULT 0,
    id            uuid        NOT NULL DEFAULT {schema}.uuid7(),
    kind          text        COLLATE "C" NOT NULL,
    queue         text        COLLATE "C" NOT NULL DEFAULT 'default',
    priority      smallint    NOT NULL DEFAULT 0,
    payload       json        NOT NULL DEFAULT '{}',
    params        json,
    tags          text[]      COLLATE "C",
    max_retries   smallint    NOT NULL DEFAULT -1,
    retry         text,
    timeout_us    bigint,
    deadline      timestamptz,
    display_name  text,
    unique_key    text        COLLATE "C",
    unique_for_us bigint,
    created_at    timestamptz NOT NULL DEFAULT now(),
    run_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT job_pkey PRIMARY KEY (bucket, id),
    CONSTRAINT job_id_version CHECK (get_byte(uuid_send(id), 6) >> 4 = 7),
    CONSTRAINT job_kind_size CHECK (octet_length(kind) BETWEEN 1 AND 128),
    CONSTRAINT job_queue_size CHECK (octet_length(queue) BETWEEN 1 AND 128),
    CONSTRAINT job_retries_range CHECK (max_retries BETWEEN -1 AND 1000),
    CONSTRAINT job_timeout_positive CHECK (timeout_us > 0),
    CONSTRAINT job_unique_for_positive CHECK (unique_for_us > 0),
    CONSTRAINT job_params_object CHECK (json_typeof(params) = 'object'),
    CONSTRAINT job_tags_list CHECK (array_ndims(tags) = 1 AND array_position(tags, NULL) IS NULL AND array_position(tags, '') IS NULL),
    CONSTRAINT job_created_range CHECK (created_at BETWEEN '1900-01-01 00:00:00+00' AND '2200-01-01 00:00:00+00'),
    CONSTRAINT job_run_range CHECK (run_at BETWEEN '1900-01-01 00:00:00+00' AND '2200-01-01 00:00:00+00')
);
COMMENT ON TABLE {schema}.job IS 'One row per job: what somebody asked for. Only tags ever change.';
COMMENT ON COLUMN {schema}.job.bucket IS 'The shard; always 0 today.';
COMMENT ON CONSTRAINT job_id_version ON {schema}.job IS 'A version 7 UUID (RFC 9562) tells when it was made, and old jobs are found by that. Leave the column out, or use uuid7().';
COMMENT ON COLUMN {schema}.job.payload IS 'The args, as JSON text.';
COMMENT ON COLUMN {schema}.job.params IS 'Context parameters: an object of named JSON values.';
COMMENT ON COLUMN {schema}.job.max_retries IS 'Retries after the first run; -1: as many as the kind says.';
COMMENT ON COLUMN {schema}.job.retry IS 'A stored retry policy; null: the kind''s.';
COMMENT ON COLUMN {schema}.job.timeout_us IS 'Of each attempt, in microseconds; null: the kind''s, or the worker''s.';
COMMENT ON COLUMN {schema}.job.unique_key IS 'Held while the job is not final, and for unique_for_us after created_at.';
COMMENT ON COLUMN {schema}.job.run_at IS 'When the job was first due.';

CREATE FUNCTION {schema}.name_hash(name text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ('x' || encode(substr(sha256(convert_to(name, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
$$;
COMMENT ON FUNCTION {schema}.name_hash(text) IS 'The id of a queue or kind: the first 64 bits of the SHA-256 of its name. Nobody has to be asked for it.';

CREATE TABLE {schema}.queue (
    id   bigint NOT NULL,
    name text   COLLATE "C" NOT NULL
);
CREATE INDEX queue_name ON {schema}.queue (name);
CREATE INDEX queue_id ON {schema}.queue (id);
COMMENT ON TABLE {schema}.queue IS 'Every queue that has or had jobs or was paused. A name may stand here twice: transactions that are the first to use a queue at the same time must not wait for each other.';

CREATE TABLE {schema}.pause (
    queue     text        COLLATE "C" NOT NULL,
    queue_id  bigint      NOT NULL,
    paused_at timestamptz NOT NULL,
    paused_by text        NOT NULL,
    note      text        NOT NULL,
    CONSTRAINT pause_pkey PRIMARY KEY (queue)
);
COMMENT ON TABLE {schema}.pause IS 'The queues that workers leave alone.';

CREATE TABLE {schema}.kind (
    id   bigint NOT NULL,
    name text   COLLATE "C" NOT NULL
);
CREATE INDEX kind_name ON {schema}.kind (name);
CREATE INDEX kind_id ON {schema}.kind (id);
COMMENT ON TABLE {schema}.kind IS 'Every kind that has or had jobs. A name may stand here more than once, for the same reason as in queue.';

CREATE SEQUENCE {schema}.ring AS bigint MINVALUE 0 MAXVALUE 3 START 0 CYCLE;
COMMENT ON SEQUENCE {schema}.ring IS 'Its last_value is the slot of ready that new rows go to. A sequence, so that turning leaves no dead row and is seen at once.';

CREATE SEQUENCE {schema}.hungry AS bigint MINVALUE 0 START 0;
COMMENT ON SEQUENCE {schema}.hungry IS 'Its last_value is until when some worker waits for notifications, in milliseconds since 1970.';

CREATE SEQUENCE {schema}.tidied AS bigint MINVALUE 0 START 0;
COMMENT ON SEQUENCE {schema}.tidied IS 'Its last_value is when some worker last looked after the slots of ready, in milliseconds since 1970.';

CREATE TABLE {schema}.ready (
    bucket   int         NOT NULL,
    queue_id bigint      NOT NULL,
    kind_id  bigint      NOT NULL,
    rank     smallint    NOT NULL,
    run_at   timestamptz NOT NULL,
    id       uuid        NOT NULL,
    slot     smallint    NOT NULL,
    seq      int         NOT NULL,
    attempt  smallint    NOT NULL,
    failures smallint    NOT NULL,
    crashes  smallint    NOT NULL,
    more     uuid[]
) PARTITION BY LIST (slot);
CREATE TABLE {schema}.ready_0 PARTITION OF {schema}.ready FOR VALUES IN (0);
CREATE TABLE {schema}.ready_1 PARTITION OF {schema}.ready FOR VALUES IN (1);
CREATE TABLE {schema}.ready_2 PARTITION OF {schema}.ready FOR VALUES IN (2);
CREATE TABLE {schema}.ready_3 PARTITION OF {schema}.ready FOR VALUES IN (3);
CREATE INDEX ready_order ON {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id);
COMMENT ON INDEX {schema}.ready_order IS 'Jobs of a queue, kind and rank stand in line, by due time; a claim steps from lane to lane and takes from their heads, so that what it does not serve costs it nothing.';
COMMENT ON TABLE {schema}.ready IS 'The enqueued jobs; rows are inserted and deleted, never updated. A ring of tables: one that is drained is truncated, whatever snapshots are held. Whoever deletes holds the lock of the bucket.';
COMMENT ON COLUMN {schema}.ready.rank IS 'The complement of the priority (~priority), so that everything in the index ascends.';
COMMENT ON COLUMN {schema}.ready.more IS 'Jobs that come right behind id and are like it in everything but the id, which ascends: stored by one statement, in their first stay. Null: none.';

CREATE FUNCTION {schema}.packs(ids uuid[], most int DEFAULT 64) RETURNS TABLE (id uuid, more uuid[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 16 AS $$
    SELECT ids[n], CASE WHEN n < cardinality(ids) AND most > 1 THEN ids[n + 1 : n + most - 1] END
    FROM generate_series(1, cardinality(ids), most) AS n
$$;
COMMENT ON FUNCTION {schema}.packs(uuid[], int) IS 'Divides jobs among rows of ready, 64 to a row: enough to make a job cheap, and little to write anew when a claim takes a part.';

CREATE TABLE {schema}.later (
    bucket   int         NOT NULL,
    queue_id bigint      NOT NULL,
    kind_id  bigint      NOT NULL,
    seq      int         NOT NULL,
    run_at   timestamptz NOT NULL,
    id       uuid        NOT NULL,
    priority smallint    NOT NULL,
    attempt  smallint    NOT NULL,
    failures smallint    NOT NULL,
    crashes  smallint    NOT NULL,
    retrying bool        NOT NULL,
    CONSTRAINT later_pkey PRIMARY KEY (bucket, run_at, id)
);
CREATE INDEX later_queue ON {schema}.later (bucket, queue_id, retrying) WHERE seq >= 0;
COMMENT ON INDEX {schema}.later_queue IS 'For counting only: its condition, which always holds, keeps the planner from taking it for anything else while the table is empty.';
COMMENT ON TABLE {schema}.later IS 'One row per scheduled or retrying job.';

CREATE TABLE {schema}.lease (
    bucket     int         NOT NULL,
    open       int         NOT NULL,
    id         bigint      NOT NULL,
    claimed_at timestamptz NOT NULL,
    job_ids    uuid[]      NOT NULL,
    seqs       int[],
    attempts   smallint[],
    failures   smallint[],
    crashes    smallint[],
    run_ats    timestamptz[],
    CONSTRAINT lease_pkey PRIMARY KEY (bucket, id)
);
ALTER TABLE {schema}.lease ALTER COLUMN job_ids SET STORAGE EXTERNAL;
COMMENT ON TABLE {schema}.lease IS 'One row per claimed batch, until every job of it is settled.';
COMMENT ON COLUMN {schema}.lease.id IS 'The fencing token, never used again: the worker''s number times 2^36 plus the count of its claims.';
COMMENT ON COLUMN {schema}.lease.open IS 'How many of the jobs are not settled.';
COMMENT ON COLUMN {schema}.lease.seqs IS 'Like the arrays behind it null if every job is in its first stay: seq 0, attempt 1, no failures, no crashes, run_at of the job.';

CREATE TABLE {schema}.history (
    bucket      int         NOT NULL,
    seq         int         NOT NULL,
    job_id      uuid        NOT NULL,
    lease_id    bigint,
    claimed_at  timestamptz,
    started_at  timestamptz,
    ended_at    timestamptz NOT NULL,
    next_run_at timestamptz,
    state       smallint    NOT NULL,
    cause       smallint    NOT NULL,
    dead_reason smallint,
    attempt     smallint    NOT NULL,
    failures    smallint    NOT NULL,
    crashes     smallint    NOT NULL,
    final       bool        NOT NULL,
    CONSTRAINT history_pkey PRIMARY KEY (bucket, job_id, seq),
    CONSTRAINT history_state CHECK (state IN (1, 2, 4, 5, 6, 7)),
    CONSTRAINT history_dead_reason CHECK ((state = 7) = (dead_reason IS NOT NULL))
);
CREATE INDEX history_final ON {schema}.history (bucket, state, job_id) WHERE final AND state <> 5;
COMMENT ON TABLE {schema}.history IS 'One row per ended stay: how it ended and the state after it. Append-only, but for final.';
COMMENT ON COLUMN {schema}.history.lease_id IS 'Of the attempt that ended; null: a command or a deadline ended a wait.';
COMMENT ON COLUMN {schema}.history.next_run_at IS 'When the job is due again; null: never.';
COMMENT ON COLUMN {schema}.history.final IS 'Whether the job still rests in the final state that this row gave it.';

CREATE TABLE {schema}.note (
    bucket int  NOT NULL,
    job_id uuid NOT NULL,
    seq    int  NOT NULL,
    text   text NOT NULL,
    CONSTRAINT note_pkey PRIMARY KEY (bucket, job_id, seq)
);
COMMENT ON TABLE {schema}.note IS 'Why, for those rows of history where somebody said so.';

CREATE TABLE {schema}.failure (
    bucket  int         NOT NULL,
    job_id  uuid        NOT NULL,
    seq     int         NOT NULL,
    attempt int         NOT NULL,
    at      timestamptz NOT NULL,
    worker  text        NOT NULL,
    type    text        NOT NULL,
    message text        NOT NULL,
    stack   text        NOT NULL,
    CONSTRAINT failure_pkey PRIMARY KEY (bucket, job_id, seq)
);
COMMENT ON TABLE {schema}.failure IS 'The error of each failed attempt.';

CREATE TABLE {schema}.report (
    bucket      int    NOT NULL,
    job_id      uuid   NOT NULL,
    seq         int    NOT NULL,
    attempt     int    NOT NULL,
    worker      text   NOT NULL,
    done        bigint,
    total       bigint,
    note        text,
    progress_at timestamptz,
    dropped     int    NOT NULL,
    output      json,
    CONSTRAINT report_pkey PRIMARY KEY (bucket, job_id, seq)
);
COMMENT ON TABLE {schema}.report IS 'What the handler of an attempt told of its work, if it told anything. Of a job the newest few are kept.';
COMMENT ON COLUMN {schema}.report.dropped IS 'How many lines were too many to be kept.';

CREATE TABLE {schema}.report_line (
    bucket int         NOT NULL,
    job_id uuid        NOT NULL,
    seq    int         NOT NULL,
    n      int         NOT NULL,
    at     timestamptz NOT NULL,
    level  int         NOT NULL,
    text   text        NOT NULL,
    CONSTRAINT report_line_pkey PRIMARY KEY (bucket, job_id, seq, n)
);
COMMENT ON TABLE {schema}.report_line IS 'The lines that handlers wrote about their jobs.';
COMMENT ON COLUMN {schema}.report_line.level IS 'As in Go''s log/slog: -4 debug, 0 info, 4 warn, 8 error.';

CREATE TABLE {schema}.worker (
    number       bigint      GENERATED ALWAYS AS IDENTITY (MAXVALUE 134217727),
    id           text        NOT NULL,
    host         text        NOT NULL,
    pid          bigint      NOT NULL,
    version      text        NOT NULL,
    queues       text[],
    kinds        text[]      NOT NULL,
    terms        json        NOT NULL DEFAULT '{}',
    slots        int         NOT NULL,
    running      int         NOT NULL DEFAULT 0,
    overstaying  int         NOT NULL DEFAULT 0,
    given_up     bool        NOT NULL DEFAULT false,
    heartbeat_us bigint      NOT NULL DEFAULT 0,
    started_at   timestamptz NOT NULL,
    beat_at      timestamptz NOT NULL,
    live_until   timestamptz NOT NULL,
    draining_at  timestamptz,
    stopped_at   timestamptz,
    paused_at    timestamptz,
    paused_by    text        NOT NULL DEFAULT '',
    pause_note   text        NOT NULL DEFAULT '',
    recalled     bigint      NOT NULL DEFAULT 0,
    CONSTRAINT worker_pkey PRIMARY KEY (number),
    CONSTRAINT worker_id_key UNIQUE (id)
);
CREATE INDEX worker_unstopped ON {schema}.worker (live_until) WHERE stopped_at IS NULL AND beat_at IS NOT NULL;
COMMENT ON INDEX {schema}.worker_unstopped IS 'For giving workers up only: its second condition, which always holds, keeps the planner from taking it for a claim.';
COMMENT ON TABLE {schema}.worker IS 'Every worker process that started, until some time after its end.';
COMMENT ON COLUMN {schema}.worker.slots IS 'How many jobs it runs at once, or is asked to.';
COMMENT ON COLUMN {schema}.worker.heartbeat_us IS 'Microseconds between two beats; 0: it was not said.';
COMMENT ON COLUMN {schema}.worker.draining_at IS 'Since when it claims nothing more, or was asked to.';
COMMENT ON COLUMN {schema}.worker.stopped_at IS 'When it deregistered or was given up.';
COMMENT ON COLUMN {schema}.worker.given_up IS 'Its life ended without a word.';
COMMENT ON COLUMN {schema}.worker.paused_at IS 'Since when it is kept from claiming.';
COMMENT ON COLUMN {schema}.worker.recalled IS 'The highest lease whose claim takes nothing if it comes now: its answer was lost, and the worker goes on.';
COMMENT ON COLUMN {schema}.worker.terms IS 'What its strategy lets it take: its name, the only queues it takes from, caps over all workers and its own, slots kept for queues.';
COMMENT ON COLUMN {schema}.worker.queues IS 'What it serves; null: every queue.';

CREATE TABLE {schema}.cancel_request (
    bucket       int         NOT NULL,
    job_id       uuid        NOT NULL,
    requested_at timestamptz NOT NULL,
    note         text        NOT NULL,
    CONSTRAINT cancel_request_pkey PRIMARY KEY (bucket, job_id)
);
COMMENT ON TABLE {schema}.cancel_request IS 'Processing jobs that somebody wants to end.';

CREATE TABLE {schema}.death (
    bucket int         NOT NULL,
    job_id uuid        NOT NULL,
    kind   text        COLLATE "C" NOT NULL,
    worker bigint,
    since  timestamptz NOT NULL,
    CONSTRAINT death_pkey PRIMARY KEY (bucket, job_id)
);
CREATE INDEX death_kind ON {schema}.death (bucket, kind, job_id) WHERE kind <> '';
COMMENT ON INDEX {schema}.death_kind IS 'For finding those that a worker can mourn: its condition, which always holds, keeps the planner from taking it for anything else.';
COMMENT ON TABLE {schema}.death IS 'Dead jobs whose Death interceptors have yet to run, and the worker that is about to. Nobody may: then it goes with its job, when the retention of that is over.';

CREATE TABLE {schema}.deadline (
    bucket int         NOT NULL,
    at     timestamptz NOT NULL,
    job_id uuid        NOT NULL,
    CONSTRAINT deadline_pkey PRIMARY KEY (bucket, at, job_id)
);
COMMENT ON TABLE {schema}.deadline IS 'When to look whether a job still waits although its deadline has passed.';

CREATE TABLE {schema}.unique_key (
    bucket int         NOT NULL,
    key    text        COLLATE "C" NOT NULL,
    job_id uuid        NOT NULL,
    until  timestamptz NOT NULL,
    live   bool        NOT NULL,
    CONSTRAINT unique_key_pkey PRIMARY KEY (bucket, key)
);
COMMENT ON TABLE {schema}.unique_key IS 'Who holds a unique key: while the job is live and until the given time.';

CREATE TABLE {schema}.retention (
    kind         text   COLLATE "C" NOT NULL,
    completed_us bigint,
    cancelled_us bigint,
    dead_us      bigint,
    CONSTRAINT retention_pkey PRIMARY KEY (kind)
);
COMMENT ON TABLE {schema}.retention IS 'How many microseconds final jobs of a kind are kept, by the state they ended in; null: for ever. An empty kind stands for all that are not named.';

CREATE TABLE {schema}.prune (
    bucket int         NOT NULL,
    after  uuid        NOT NULL,
    upto   uuid        NOT NULL,
    due_at timestamptz NOT NULL,
    since  timestamptz NOT NULL,
    CONSTRAINT prune_pkey PRIMARY KEY (bucket, after)
);
CREATE INDEX prune_due ON {schema}.prune (bucket, due_at);
INSERT INTO {schema}.prune (bucket, after, upto, due_at, since)
VALUES (0, '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', now(), now());
COMMENT ON TABLE {schema}.prune IS 'When to look next for old jobs among those behind one id, up to another. Where no row is, nothing is left. Whoever looks holds the row.';
COMMENT ON COLUMN {schema}.prune.since IS 'When the look at all jobs began of which this row is a part.';

CREATE SEQUENCE {schema}.recurring_version;
COMMENT ON SEQUENCE {schema}.recurring_version IS 'Numbers the changes of recurring jobs; none comes twice.';

CREATE TABLE {schema}.recurring (
    key          text        COLLATE "C" NOT NULL,
    spec         text        NOT NULL,
    zone         text        NOT NULL,
    misfire      text        NOT NULL,
    overlap      text        NOT NULL,
    job          json        NOT NULL,
    declared     bool        NOT NULL,
    coded        bool        NOT NULL,
    removed_at   timestamptz,
    version      bigint      NOT NULL,
    anchor       timestamptz NOT NULL,
    since        timestamptz NOT NULL,
    next_at      timestamptz,
    held_at      timestamptz,
    paused_at    timestamptz,
    paused_by    text        NOT NULL DEFAULT '',
    pause_note   text        NOT NULL DEFAULT '',
    paused_until timestamptz,
    last_slot    timestamptz,
    last_job     uuid,
    CONSTRAINT recurring_pkey PRIMARY KEY (key),
    CONSTRAINT recurring_key_size CHECK (octet_length(key) BETWEEN 1 AND 128),
    CONSTRAINT recurring_misfire CHECK (misfire IN ('once', 'skip', 'all')),
    CONSTRAINT recurring_overlap CHECK (overlap IN ('skip', 'allow', 'buffer_one')),
    CONSTRAINT recurring_paused CHECK (paused_at IS NOT NULL OR paused_until IS NULL)
);
COMMENT ON TABLE {schema}.recurring IS 'Recurring jobs. Whoever moves next_at on inserts the jobs in the same transaction.';
COMMENT ON COLUMN {schema}.recurring.job IS 'What each instant enqueues.';
COMMENT ON COLUMN {schema}.recurring.declared IS 'Saved by a worker that has it in its code; false: by somebody at run time, which code does not undo.';
COMMENT ON COLUMN {schema}.recurring.coded IS 'A worker has had the key in its code, whatever counts of it. Such a row stays when it is removed.';
COMMENT ON COLUMN {schema}.recurring.removed_at IS 'Since when it is as if it were not there, until somebody adds the key at run time.';
COMMENT ON COLUMN {schema}.recurring.version IS 'Of the last change. Who moves the row on names the version that it has seen.';
COMMENT ON COLUMN {schema}.recurring.anchor IS 'What intervals are counted from: when the spec was saved.';
COMMENT ON COLUMN {schema}.recurring.since IS 'Instants count that come after it.';
COMMENT ON COLUMN {schema}.recurring.next_at IS 'The first instant that is not dealt with; null: the first after since.';
COMMENT ON COLUMN {schema}.recurring.held_at IS 'An instant that waits until last_job is no longer busy.';
COMMENT ON COLUMN {schema}.recurring.last_slot IS 'The latest instant that enqueued a job, which is last_job.';

CREATE FUNCTION {schema}.any_stored(job_ids uuid[]) RETURNS bool
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    one uuid;
BEGIN
    FOREACH one IN ARRAY job_ids LOOP
        IF (SELECT true FROM {schema}.job j WHERE j.bucket = 0 AND j.id = one LIMIT 1) THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;
COMMENT ON FUNCTION {schema}.any_stored(uuid[]) IS 'Whether one of the ids exists. A function, so that the plan does not depend on who asks, and since its cost is the same however large the table: a statement that seems to grow more costly is planned anew at each call.';

CREATE UNLOGGED TABLE {schema}.announcement (
    hint text COLLATE "C" NOT NULL
);
COMMENT ON TABLE {schema}.announcement IS 'Always empty: a row is inserted and deleted at once, and leaves its trigger to the commit.';

CREATE FUNCTION {schema}.announce() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT h.last_value FROM {schema}.hungry h) > extract(epoch FROM clock_timestamp()) * 1000 THEN
        PERFORM pg_notify(TG_TABLE_SCHEMA || '_wake', NEW.hint);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION {schema}.announce() IS 'Tells workers of new jobs, if one of them waits. A notification makes commits wait for each other.';

CREATE CONSTRAINT TRIGGER announce AFTER INSERT ON {schema}.announcement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.announce();
COMMENT ON TRIGGER announce ON {schema}.announcement IS 'Deferred: who waits is asked at the commit, not when the job is inserted.';

CREATE FUNCTION {schema}.announce_at_commit(hints json) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    told tid[];
BEGIN
    WITH told AS (
        INSERT INTO {schema}.announcement (hint) SELECT h.hint FROM json_array_elements_text(hints) AS h (hint)
        RETURNING ctid AS tid
    )
    SELECT array_agg(t.tid) INTO told FROM told t;
    DELETE FROM {schema}.announcement a WHERE a.ctid = ANY(told);
    RETURN coalesce(cardinality(told), 0);
END
$$;
COMMENT ON FUNCTION {schema}.announce_at_commit(json) IS 'For transactions of which nobody knows when they commit.';

CREATE FUNCTION {schema}.job_stored() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
DECLARE
    found  record;
    wanted bigint;
    got    bigint;
BEGIN
    -- One look at the new rows tells what there is to do.
    SELECT count(*) AS sorts, min(n.bucket) AS bucket, min(n.queue) AS queue, min(n.kind) AS kind,
        min(n.priority) AS priority, min(n.run_at) AS run_at, min(n.ids) AS ids,
        bool_or(n.new_queue) AS new_queue, bool_or(n.new_kind) AS new_kind,
        bool_or(n.keyed) AS keyed, bool_or(n.run_at IS NULL) AS later, bool_or(n.dated) AS dated
    INTO found
    FROM (
        SELECT s.bucket, s.queue, s.kind, s.priority, s.run_at,
            (SELECT true FROM {schema}.queue q WHERE q.name = s.queue LIMIT 1) IS NULL AS new_queue,
            (SELECT true FROM {schema}.kind k WHERE k.name = s.kind LIMIT 1) IS NULL AS new_kind,
            bool_or(s.keyed) AS keyed, bool_or(s.dated) AS dated, array_agg(s.id ORDER BY s.id) AS ids
        FROM (
            SELECT s.bucket, s.queue, s.kind, s.priority, CASE WHEN s.run_at <= now() THEN s.run_at END AS run_at, s.id,
                s.unique_key IS NOT NULL AS keyed, s.deadline IS NOT NULL AS dated
            FROM stored s
        ) s
        GROUP BY s.bucket, s.queue, s.kind, s.priority, s.run_at
    ) n;
    IF found.new_queue THEN
        INSERT INTO {schema}.queue (id, name)
        SELECT {schema}.name_hash(n.queue), n.queue FROM (SELECT DISTINCT s.queue FROM stored s) n
        WHERE (SELECT q.id FROM {schema}.queue q WHERE q.name = n.queue LIMIT 1) IS NULL;
    END IF;
    IF found.new_kind THEN
        INSERT INTO {schema}.kind (id, name)
        SELECT {schema}.name_hash(n.kind), n.kind FROM (SELECT DISTINCT s.kind FROM stored s) n
        WHERE (SELECT k.id FROM {schema}.kind k WHERE k.name = n.kind LIMIT 1) IS NULL;
    END IF;

    -- The client has taken its keys already; what is left comes from plain SQL.
    IF found.keyed THEN
        SELECT count(*) INTO wanted FROM stored s WHERE s.unique_key IS NOT NULL AND s.id IS DISTINCT FROM
            (SELECT u.job_id FROM {schema}.unique_key u WHERE u.bucket = s.bucket AND u.key = s.unique_key);
        INSERT INTO {schema}.unique_key AS u (bucket, key, job_id, until, live)
        SELECT s.bucket, s.unique_key, s.id, s.created_at + coalesce(s.unique_for_us, 0) * interval '1 microsecond', true
        FROM stored s
        WHERE s.unique_key IS NOT NULL AND s.id IS DISTINCT FROM
            (SELECT v.job_id FROM {schema}.unique_key v WHERE v.bucket = s.bucket AND v.key = s.unique_key)
        ORDER BY s.unique_key
        ON CONFLICT (bucket, key) DO UPDATE
            SET job_id = excluded.job_id, until = excluded.until, live = true
            WHERE NOT u.live AND u.until <= now();
        GET DIAGNOSTICS got = ROW_COUNT;
        IF got < wanted THEN
            RAISE unique_violation USING
                MESSAGE = 'a live job holds the unique key of a new job',
                HINT = 'Use {schema}.enqueue(), which returns the holder instead.',
                TABLE = 'unique_key', CONSTRAINT = 'unique_key_pkey';
        END IF;
    END IF;

    -- Jobs that are due by an earlier time have rows of their own: others may come between them.
    IF found.sorts = 1 THEN
        INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes, more)
        SELECT found.bucket, {schema}.name_hash(found.queue), {schema}.name_hash(found.kind),
            ~found.priority, found.run_at, p.id, (SELECT r.last_value FROM {schema}.ring r), 0, 0, 0, 0, p.more
        FROM {schema}.packs(found.ids, CASE WHEN found.run_at = now() THEN 64 ELSE 1 END) p
        WHERE found.run_at IS NOT NULL;
    ELSE
        INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes, more)
        SELECT n.bucket, {schema}.name_hash(n.queue), {schema}.name_hash(n.kind),
            ~n.priority, n.run_at, p.id, (SELECT r.last_value FROM {schema}.ring r), 0, 0, 0, 0, p.more
        FROM (
            SELECT s.bucket, s.queue, s.kind, s.priority, s.run_at, array_agg(s.id ORDER BY s.id) AS ids
            FROM stored s
            WHERE s.run_at <= now()
            GROUP BY s.bucket, s.queue, s.kind, s.priority, s.run_at
        ) n
        CROSS JOIN LATERAL {schema}.packs(n.ids, CASE WHEN n.run_at = now() THEN 64 ELSE 1 END) p;
    END IF;
    IF found.later THEN
        INSERT INTO {schema}.later (bucket, queue_id, kind_id, seq, run_at, id, priority, attempt, failures, crashes, retrying)
        SELECT s.bucket, n.queue_id, n.kind_id, 0, s.run_at, s.id, s.priority, 0, 0, 0, false
        FROM (
            SELECT d.queue, d.kind, {schema}.name_hash(d.queue) AS queue_id, {schema}.name_hash(d.kind) AS kind_id
            FROM (SELECT DISTINCT s.queue, s.kind FROM stored s) d
            OFFSET 0
        ) n
        JOIN stored s ON s.queue = n.queue AND s.kind = n.kind
        WHERE s.run_at > now();
    END IF;

    IF found.dated THEN
        -- The client, which always says whether to be quiet, has looked already. A job that is due when it is
        -- stored may be late: its deadline is somebody's data.
        IF coalesce(current_setting('tasktower.quiet', true), '') = ''
            AND EXISTS (SELECT FROM stored s WHERE s.deadline <= s.run_at AND s.run_at <> now()) THEN
            RAISE check_violation USING
                MESSAGE = 'the deadline of a new job is not after its run_at: it would never run',
                HINT = 'Give it a later deadline or an earlier run_at.',
                TABLE = 'job', CONSTRAINT = 'job_deadline_after_run';
        END IF;
        INSERT INTO {schema}.deadline (bucket, at, job_id)
        SELECT s.bucket, s.deadline, s.id FROM stored s WHERE s.deadline IS NOT NULL;
    END IF;

    -- The client announces after its own commit, where it costs least.
    IF current_setting('tasktower.quiet', true) IS DISTINCT FROM 'on' THEN
        PERFORM {schema}.announce_at_commit((
            SELECT json_agg(DISTINCT CASE WHEN s.run_at <= now() THEN 'q:' || s.queue ELSE 'l' END) FROM stored s));
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION {schema}.job_stored() IS 'Makes new jobs due or scheduled, takes their unique keys and has them announced.';

CREATE TRIGGER job_stored AFTER INSERT ON {schema}.job
    REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT WHEN (current_setting('tasktower.direct', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION {schema}.job_stored();
COMMENT ON TRIGGER job_stored ON {schema}.job IS 'For whoever stores jobs; the client, where it does the same in fewer steps, says so by tasktower.direct.';

CREATE FUNCTION {schema}.enqueue(
    kind         text,
    payload      json        DEFAULT '{}',
    queue        text        DEFAULT 'default',
    priority     int         DEFAULT 0,
    run_at       timestamptz DEFAULT NULL,
    max_retries  int         DEFAULT -1,
    tags         text[]      DEFAULT NULL,
    unique_key   text        DEFAULT NULL,
    unique_for   interval    DEFAULT NULL,
    deadline     timestamptz DEFAULT NULL,
    timeout      interval    DEFAULT NULL,
    params       json        DEFAULT NULL,
    display_name text        DEFAULT NULL
) RETURNS uuid
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    new_id uuid := {schema}.uuid7();
    holder uuid;
BEGIN
    IF enqueue.priority NOT BETWEEN -32768 AND 32767 THEN
        RAISE numeric_value_out_of_range USING
            MESSAGE = format('priority is %s; want -32768 to 32767', enqueue.priority);
    END IF;
    WHILE enqueue.unique_key IS NOT NULL LOOP
        -- A look that locks nothing comes first: the caller's transaction may stay open.
        SELECT u.job_id INTO holder FROM {schema}.unique_key u
        WHERE u.bucket = 0 AND u.key = enqueue.unique_key AND (u.live OR u.until > now());
        IF FOUND THEN
            RETURN holder;
        END IF;
        INSERT INTO {schema}.unique_key AS u (bucket, key, job_id, until, live)
        VALUES (0, enqueue.unique_key, new_id, now() + coalesce(enqueue.unique_for, '0'), true)
        ON CONFLICT (bucket, key) DO UPDATE
            SET job_id = excluded.job_id, until = excluded.until, live = true
            WHERE NOT u.live AND u.until <= now();
        EXIT WHEN FOUND;
    END LOOP;
    INSERT INTO {schema}.job (bucket, id, kind, queue, priority, payload, params, tags, max_retries,
        timeout_us, deadline, display_name, unique_key, unique_for_us, created_at, run_at)
    VALUES (0, new_id, enqueue.kind, enqueue.queue, enqueue.priority, enqueue.payload, enqueue.params,
        (SELECT array_agg(DISTINCT t.tag COLLATE "C" ORDER BY t.tag COLLATE "C") FROM unnest(enqueue.tags) AS t (tag)),
        enqueue.max_retries, (extract(epoch FROM enqueue.timeout) * 1000000)::bigint, enqueue.deadline,
        enqueue.display_name, enqueue.unique_key,
        nullif((extract(epoch FROM enqueue.unique_for) * 1000000)::bigint, 0), now(), coalesce(enqueue.run_at, now()));
    RETURN new_id;
END
$$;
COMMENT ON FUNCTION {schema}.enqueue IS 'Stores one job and returns its id, or the id of the job that holds its unique key.';

CREATE VIEW {schema}.jobs AS
SELECT j.id, j.kind, j.queue, j.priority,
    CASE
        WHEN h.final THEN (ARRAY['scheduled', 'enqueued', 'processing', 'retrying', 'completed', 'cancelled', 'dead'])[h.state]
        WHEN r.id IS NOT NULL THEN 'enqueued'
        WHEN l.id IS NOT NULL AND l.retrying THEN 'retrying'
        WHEN l.id IS NOT NULL THEN 'scheduled'
        ELSE 'processing'
    END AS state,
    (ARRAY['retries', 'deadline', 'poison', 'rejected'])[h.dead_reason] AS dead_reason,
    CASE
        WHEN h.final THEN h.attempt
        WHEN r.id IS NOT NULL OR l.id IS NOT NULL THEN coalesce(h.attempt, 0)
        ELSE coalesce(h.attempt, 0) + 1
    END AS attempt,
    coalesce(h.failures, 0) AS failures, coalesce(h.crashes, 0) AS crashes, j.max_retries,
    j.created_at, coalesce(h.next_run_at, j.run_at) AS run_at,
    CASE WHEN h.final THEN h.ended_at END AS ended_at,
    CASE WHEN h.final IS NOT TRUE AND r.id IS NULL AND l.id IS NULL THEN (
        SELECT w.id FROM {schema}.worker w WHERE w.number = (
            SELECT o.id >> 36 FROM {schema}.lease o
            CROSS JOIN LATERAL unnest(o.job_ids, o.seqs) AS u (job_id, seq)
            WHERE o.bucket = j.bucket AND u.job_id = j.id AND coalesce(u.seq, 0) > coalesce(h.seq, -1)
            LIMIT 1
        )
    ) END AS worker,
    (SELECT f.message FROM {schema}.failure f
        WHERE f.bucket = j.bucket AND f.job_id = j.id ORDER BY f.seq DESC LIMIT 1) AS last_error,
    (SELECT f.at FROM {schema}.failure f
        WHERE f.bucket = j.bucket AND f.job_id = j.id ORDER BY f.seq DESC LIMIT 1) AS last_error_at,
    j.deadline, j.tags, j.display_name, j.unique_key, j.payload, j.params
FROM {schema}.job j
LEFT JOIN LATERAL (
    SELECT * FROM {schema}.history h WHERE h.bucket = j.bucket AND h.job_id = j.id ORDER BY h.seq DESC LIMIT 1
) h ON true
LEFT JOIN LATERAL (
    SELECT r.id FROM {schema}.ready r
    WHERE h.final IS NOT TRUE AND r.bucket = j.bucket
        AND r.queue_id = {schema}.name_hash(j.queue) AND r.kind_id = {schema}.name_hash(j.kind)
        AND r.rank = ~j.priority AND r.run_at = coalesce(h.next_run_at, j.run_at)
        AND r.id <= j.id AND (r.id = j.id OR j.id = ANY(r.more))
    ORDER BY r.id DESC
    LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT l.id, l.retrying FROM {schema}.later l
    WHERE l.bucket = j.bucket AND l.run_at = coalesce(h.next_run_at, j.run_at) AND l.id = j.id
    LIMIT 1
) l ON true
WHERE j.bucket = 0; -- or an id would not lead to its row in the indexes, which begin with the bucket
COMMENT ON VIEW {schema}.jobs IS 'Every job with its state, for people.';
COMMENT ON COLUMN {schema}.jobs.worker IS 'The id of the worker that has claimed it; null: it is not processing.';
COMMENT ON COLUMN {schema}.jobs.last_error IS 'Of the last attempt that failed, whatever came after it.';
