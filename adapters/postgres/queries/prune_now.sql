-- Reads the clock by which jobs are old.
-- One row: now timestamptz
SELECT statement_timestamp()
