-- Takes unique keys for jobs about to be stored. A key that is held stays with its holder, and is not even
-- locked unless somebody takes it at the same moment: the transaction may be a user's and stay open.
-- $1 int: bucket; $2 text: a JSON array of objects key, job_id, for_us; each key once
-- Rows: key text of each key taken
INSERT INTO {schema}.unique_key AS u (bucket, key, job_id, until, live)
SELECT $1::int, i.key, i.job_id, now() + coalesce(i.for_us, 0) * interval '1 microsecond', true
FROM json_to_recordset($2::text::json) AS i (key text, job_id uuid, for_us bigint)
WHERE (
    SELECT true FROM {schema}.unique_key h
    WHERE h.bucket = $1::int AND h.key = i.key AND h.job_id <> i.job_id AND (h.live OR h.until > now()) LIMIT 1) IS NULL
ORDER BY i.key COLLATE "C"
ON CONFLICT (bucket, key) DO UPDATE
    SET job_id = excluded.job_id, until = excluded.until, live = true
    WHERE NOT u.live AND u.until <= now() OR u.job_id = excluded.job_id
RETURNING u.key
