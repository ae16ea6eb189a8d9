-- Gives up the workers whose life has ended.
UPDATE {schema}.worker w SET stopped_at = w.live_until, given_up = true
WHERE w.stopped_at IS NULL AND w.beat_at IS NOT NULL AND w.live_until <= clock_timestamp()
