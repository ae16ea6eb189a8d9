-- Whether a deadline has passed that nobody has looked at. Without a lock: most of the time there is none.
-- $1 int: bucket
-- One row: passed bool
SELECT EXISTS (SELECT FROM {schema}.deadline d
    WHERE d.bucket = $1::int AND d.at <= statement_timestamp()) AS passed
