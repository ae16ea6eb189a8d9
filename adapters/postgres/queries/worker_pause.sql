-- Keeps a worker from claiming.
-- $1 text: id; $2 text: by; $3 text: note
-- One row: done bool (false: the worker is lost or stopped); none: it is not known
WITH done AS (
    UPDATE {schema}.worker w SET paused_at = clock_timestamp(), paused_by = $2::text, pause_note = $3::text
    WHERE w.id = $1::text AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()
    RETURNING true
)
SELECT EXISTS (SELECT FROM done) AS done FROM {schema}.worker w WHERE w.id = $1::text
