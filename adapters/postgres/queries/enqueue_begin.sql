-- The transaction's time, which dates the jobs stored in it. The trigger announces none of them; if their queues
-- and kinds are known, it leaves them to enqueue_ready.sql altogether.
-- $1 text[]: queues; $2 text[]: kinds; both empty: the trigger is wanted
-- One row: at timestamptz, direct text, quiet text
SELECT now() AS at, set_config('tasktower.direct', CASE WHEN cardinality($1::text[]) > 0 AND NOT EXISTS (
        SELECT FROM unnest($1::text[]) AS n (name) WHERE (SELECT q.id FROM {schema}.queue q WHERE q.name = n.name LIMIT 1) IS NULL
    ) AND NOT EXISTS (
        SELECT FROM unnest($2::text[]) AS n (name) WHERE (SELECT k.id FROM {schema}.kind k WHERE k.name = n.name LIMIT 1) IS NULL
    ) THEN 'on' ELSE 'off' END, true) AS direct, set_config('tasktower.quiet', 'on', true) AS quiet
