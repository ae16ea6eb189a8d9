-- Forgets everything that version 1 of the schema holds.
DROP VIEW {schema}.jobs;
DROP TABLE {schema}.job, {schema}.queue, {schema}.pause, {schema}.kind, {schema}.ready, {schema}.later, {schema}.lease,
    {schema}.history, {schema}.note, {schema}.failure, {schema}.report, {schema}.report_line, {schema}.worker, {schema}.cancel_request,
    {schema}.death, {schema}.deadline, {schema}.unique_key, {schema}.recurring, {schema}.retention, {schema}.prune,
    {schema}.announcement;
DROP FUNCTION {schema}.enqueue;
DROP FUNCTION {schema}.job_stored();
DROP FUNCTION {schema}.any_stored(uuid[]);
DROP FUNCTION {schema}.announce();
DROP FUNCTION {schema}.announce_at_commit(json);
DROP FUNCTION {schema}.uuid7();
DROP FUNCTION {schema}.name_hash(text);
DROP FUNCTION {schema}.packs(uuid[], int);
DROP SEQUENCE {schema}.ring, {schema}.hungry, {schema}.tidied, {schema}.recurring_version;
