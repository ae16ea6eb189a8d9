-- Notes that code declares a recurring job, whatever counts of it.
-- $1 text: key
UPDATE {schema}.recurring AS r SET coded = true
WHERE r.key = $1::text AND NOT r.coded
