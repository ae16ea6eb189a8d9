-- Adds or changes a recurring job. One that is declared changes none that is not, and brings none back that was removed.
-- $1 text: key; $2 text: spec; $3 text: zone; $4 text: misfire; $5 text: overlap; $6 text: job, JSON; see specRow; $7 bool: declared
INSERT INTO {schema}.recurring AS r (key, spec, zone, misfire, overlap, job, declared, coded, version, anchor, since)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text::json, $7::bool, $7::bool,
    nextval('{schema}.recurring_version'), statement_timestamp(), statement_timestamp())
ON CONFLICT (key) DO UPDATE
SET spec = excluded.spec, zone = excluded.zone, misfire = excluded.misfire, overlap = excluded.overlap,
    job = excluded.job, declared = excluded.declared, version = excluded.version,
    anchor = CASE WHEN r.removed_at IS NULL AND r.spec = excluded.spec AND r.zone = excluded.zone THEN r.anchor ELSE excluded.anchor END,
    since = CASE WHEN r.removed_at IS NULL AND r.spec = excluded.spec AND r.zone = excluded.zone THEN r.since ELSE excluded.since END,
    next_at = CASE WHEN r.removed_at IS NULL AND r.spec = excluded.spec AND r.zone = excluded.zone THEN r.next_at END,
    held_at = CASE WHEN r.removed_at IS NULL AND r.spec = excluded.spec AND r.zone = excluded.zone THEN r.held_at END,
    removed_at = NULL
WHERE CASE WHEN r.removed_at IS NOT NULL THEN NOT excluded.declared
    ELSE (r.declared OR NOT excluded.declared)
        AND (r.spec, r.zone, r.misfire, r.overlap, r.job::text, r.declared)
            IS DISTINCT FROM (excluded.spec, excluded.zone, excluded.misfire, excluded.overlap, excluded.job::text, excluded.declared)
    END
