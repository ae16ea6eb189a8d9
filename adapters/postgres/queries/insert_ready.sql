-- Makes one job due.
-- $1 int: bucket; $2 text: queue; $3 text: kind; $4 int: seq; $5 timestamptz: run_at; $6 uuid: job; $7 smallint: priority
-- $8 smallint: attempt
INSERT INTO {schema}.ready (bucket, queue_id, kind_id, seq, run_at, id, slot, priority, attempt, failures, crashes)
VALUES ($1::int, (SELECT q.id FROM {schema}.queue q WHERE q.name = $2::text LIMIT 1),
    (SELECT k.id FROM {schema}.kind k WHERE k.name = $3::text LIMIT 1),
    $4::int, $5::timestamptz, $6::uuid, (SELECT r.last_value FROM {schema}.ring r), $7::smallint, $8::smallint, 0, 0)
