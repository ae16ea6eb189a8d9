-- Forgets a recurring job that was removed and that no code declares.
-- $1 text: key
DELETE FROM {schema}.recurring r WHERE r.key = $1::text AND r.removed_at IS NOT NULL AND NOT r.coded
