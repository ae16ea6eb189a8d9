-- Makes one job due.
-- $1 int: bucket; $2 text: queue; $3 text: kind; $4 int: seq; $5 timestamptz: run_at; $6 uuid: job; $7 smallint: priority
-- $8 smallint: attempt
INSERT INTO {schema}.ready (bucket, queue_id, kind_id, rank, run_at, id, slot, seq, attempt, failures, crashes)
VALUES ($1::int, {schema}.name_hash($2::text), {schema}.name_hash($3::text), ~$7::smallint, $5::timestamptz, $6::uuid,
    (SELECT r.last_value FROM {schema}.ring r), $4::int, $8::smallint, 0, 0)
