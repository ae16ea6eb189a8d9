-- Forgets a job with its history. An open lease that held it forgets it too, or else a result that is
-- reported again would be stored again.
-- $1 int: bucket; $2 uuid: job; $3 text: its unique key or null
WITH leases AS (
        UPDATE {schema}.lease l SET job_ids = array_replace(l.job_ids, $2::uuid, '00000000-0000-0000-0000-000000000000')
        WHERE l.bucket = $1::int AND l.id = ANY(ARRAY(
            SELECT h.lease_id FROM {schema}.history h WHERE h.bucket = $1::int AND h.job_id = $2::uuid))),
    history AS (DELETE FROM {schema}.history h WHERE h.bucket = $1::int AND h.job_id = $2::uuid),
    notes AS (DELETE FROM {schema}.note n WHERE n.bucket = $1::int AND n.job_id = $2::uuid),
    failures AS (DELETE FROM {schema}.failure f WHERE f.bucket = $1::int AND f.job_id = $2::uuid),
    reports AS (DELETE FROM {schema}.report r WHERE r.bucket = $1::int AND r.job_id = $2::uuid),
    lines AS (DELETE FROM {schema}.report_line l WHERE l.bucket = $1::int AND l.job_id = $2::uuid),
    deaths AS (DELETE FROM {schema}.death d WHERE d.bucket = $1::int AND d.job_id = $2::uuid),
    requests AS (DELETE FROM {schema}.cancel_request c WHERE c.bucket = $1::int AND c.job_id = $2::uuid),
    deadlines AS (DELETE FROM {schema}.deadline d WHERE d.bucket = $1::int AND d.job_id = $2::uuid
        AND d.at = (SELECT j.deadline FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = $2::uuid)),
    keys AS (DELETE FROM {schema}.unique_key u WHERE u.bucket = $1::int AND u.key = $3::text AND u.job_id = $2::uuid)
DELETE FROM {schema}.job j WHERE j.bucket = $1::int AND j.id = $2::uuid
