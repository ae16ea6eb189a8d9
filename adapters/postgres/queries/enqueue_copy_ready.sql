-- Makes many jobs due that enqueue_copy.sql has stored; the rows come in the binary format of COPY.
COPY {schema}.ready (bucket, queue_id, kind_id, seq, run_at, id, slot, priority, attempt, failures, crashes)
FROM STDIN (FORMAT binary)
