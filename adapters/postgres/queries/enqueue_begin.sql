-- The transaction's time, which dates the jobs stored in it, and who makes them due and announces them.
-- $1 text: on: the trigger does not announce them; $2 text: a JSON array of queues; $3 text: of kinds; empty
-- arrays leave the rest to the trigger; else, if all are known, the caller stores the rows of ready as well
-- One row: at timestamptz, slot bigint of ready, queue_ids text and kind_ids text: JSON arrays, null unless all are known
WITH queues AS MATERIALIZED (
    SELECT count(*) AS wanted, count(k.id) AS known, json_agg(k.id ORDER BY n.place)::text AS ids
    FROM json_array_elements_text($2::text::json) WITH ORDINALITY AS n (name, place)
    CROSS JOIN LATERAL (SELECT (SELECT q.id FROM {schema}.queue q WHERE q.name = n.name LIMIT 1) AS id) k
), kinds AS MATERIALIZED (
    SELECT count(*) AS wanted, count(k.id) AS known, json_agg(k.id ORDER BY n.place)::text AS ids
    FROM json_array_elements_text($3::text::json) WITH ORDINALITY AS n (name, place)
    CROSS JOIN LATERAL (SELECT (SELECT q.id FROM {schema}.kind q WHERE q.name = n.name LIMIT 1) AS id) k
), direct AS MATERIALIZED (
    SELECT q.wanted > 0 AND q.wanted = q.known AND k.wanted = k.known AS yes, q.ids AS queue_ids, k.ids AS kind_ids
    FROM queues q, kinds k
), settings AS MATERIALIZED (
    SELECT set_config('tasktower.quiet', $1::text, true),
        set_config('tasktower.direct', CASE WHEN d.yes THEN 'on' ELSE 'off' END, true)
    FROM direct d
)
SELECT now() AS at, (SELECT r.last_value FROM {schema}.ring r) AS slot,
    CASE WHEN d.yes THEN d.queue_ids END, CASE WHEN d.yes THEN d.kind_ids END
FROM direct d, settings s
