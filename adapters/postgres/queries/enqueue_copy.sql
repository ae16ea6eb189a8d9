-- Stores many jobs; the rows come in the binary format of COPY.
COPY {schema}.job (id, kind, queue, priority, payload, params, tags, max_retries, retry,
    timeout_us, deadline, display_name, unique_key, unique_for_us, created_at, run_at)
FROM STDIN (FORMAT binary)
