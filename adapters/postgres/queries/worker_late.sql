-- Whether the life of a worker has ended that nobody has given up. Without a lock: most of the time there is none.
-- One row: late bool
SELECT EXISTS (SELECT FROM {schema}.worker w
    WHERE w.stopped_at IS NULL AND w.beat_at IS NOT NULL AND w.live_until <= statement_timestamp()) AS late
