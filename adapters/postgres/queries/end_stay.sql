-- Writes down that a command or a deadline ended a job's stay, and why.
-- $1 int: bucket; $2 uuid: job; $3 int: seq; $4 smallint: state; $5 smallint: cause; $6 smallint: attempt
-- $7 smallint: failures; $8 smallint: crashes; $9 bool: final; $10 text: note; $11 bool: due now
-- $12 smallint: dead_reason or null
-- One row: next_run_at timestamptz
WITH noted AS (
    INSERT INTO {schema}.note (bucket, job_id, seq, text) SELECT $1::int, $2::uuid, $3::int, $10::text WHERE $10::text <> ''
)
INSERT INTO {schema}.history (bucket, seq, job_id, ended_at, next_run_at, state, cause, dead_reason, attempt, failures, crashes, final)
VALUES ($1::int, $3::int, $2::uuid, statement_timestamp(), CASE WHEN $11::bool THEN statement_timestamp() END,
    $4::smallint, $5::smallint, $12::smallint, $6::smallint, $7::smallint, $8::smallint, $9::bool)
RETURNING next_run_at
