-- Begins a claim: settings as in settings.sql, but its loss in a server crash does no harm, so it need
-- not wait for the disk; then the lock of the bucket, see lock_bucket.sql. The statement's own timeout
-- began before it was set; lock_timeout bounds the wait for the lock, and is short from then on.
-- $1 text: how long the statements may take ("5000ms"); also for waiting for locks, and for idling
-- $2 int: the schema's class of advisory locks; $3 int: bucket
-- $4 text: how long the statements behind the lock may wait for others ("100ms")
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
    set_config('enable_memoize', 'off', true), set_config('jit', 'off', true),
    set_config('synchronous_commit', 'off', true),
    set_config('statement_timeout', $1::text, true),
    set_config('idle_in_transaction_session_timeout', $1::text, true),
    set_config('lock_timeout', $1::text, true),
    pg_advisory_xact_lock($2::int, $3::int),
    set_config('lock_timeout', $4::text, true)
