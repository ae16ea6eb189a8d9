-- Asks a worker to run so many jobs at once.
-- $1 text: id; $2 int: slots
-- One row: done bool (false: the worker is lost or stopped); none: it is not known
WITH done AS (
    UPDATE {schema}.worker w SET slots = $2::int
    WHERE w.id = $1::text AND w.stopped_at IS NULL AND w.live_until > clock_timestamp()
    RETURNING true
)
SELECT EXISTS (SELECT FROM done) AS done FROM {schema}.worker w WHERE w.id = $1::text
