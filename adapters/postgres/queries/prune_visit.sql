-- Reads what tells whether jobs may be forgotten, by id.
-- $1 int: bucket; $2 uuid: behind this id; $3 uuid: up to this id; $4 int: at most so many
-- Rows: id uuid, kind text, seq int, state smallint and ended_at timestamptz, null unless final,
-- held_until timestamptz: of its unique key, null: it holds none
SELECT j.id, j.kind, h.seq, h.state, h.ended_at, CASE WHEN j.unique_key IS NOT NULL THEN (
    SELECT u.until FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = j.unique_key AND u.job_id = j.id LIMIT 1
) END AS held_until
FROM (
    SELECT j.id, j.kind, j.unique_key
    FROM {schema}.job j
    WHERE j.bucket = $1::int AND j.id > $2::uuid AND j.id <= $3::uuid
    ORDER BY j.id
    LIMIT $4::int
) j
LEFT JOIN LATERAL (
    SELECT h.seq, h.state, h.ended_at FROM {schema}.history h
    WHERE h.bucket = $1::int AND h.job_id = j.id AND h.final
    LIMIT 1
) h ON true
