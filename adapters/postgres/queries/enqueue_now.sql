-- The transaction's time, which dates the jobs stored in it, and whether the trigger announces them.
-- $1 text: on: it does not
-- One row: at timestamptz
SELECT now() AS at, set_config('tasktower.quiet', $1::text, true)
