-- Ends the pause of a worker.
-- $1 text: id
-- One row: done bool (false: the worker is lost or stopped); none: it is not known
WITH done AS (
    UPDATE {schema}.worker w SET paused_at = NULL, paused_by = '', pause_note = ''
    WHERE w.id = $1::text AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()
    RETURNING true
)
SELECT EXISTS (SELECT FROM done) AS done FROM {schema}.worker w WHERE w.id = $1::text
