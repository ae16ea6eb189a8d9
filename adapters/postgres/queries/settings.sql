-- Makes a transaction independent of statistics and bounds it. First statement of ours in it.
-- $1 text: how long the statements may take ("5000ms"); also for waiting for locks, and for idling
-- $2 text: enable_nestloop, on or off
-- $3 text: on: the trigger leaves announcing to us; off: it announces
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
    set_config('enable_memoize', 'off', true), set_config('jit', 'off', true),
    set_config('enable_nestloop', $2::text, true),
    set_config('statement_timeout', $1::text, true),
    set_config('idle_in_transaction_session_timeout', $1::text, true),
    set_config('tasktower.quiet', $3::text, true)
