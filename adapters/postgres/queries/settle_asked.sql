-- Whether any job is asked to be cancelled. The leases of the batch are locked, so no cancel request for one of its
-- jobs comes any more; a statement of its own, so that it sees those that came before.
-- $1 int: bucket
-- One row: asked bool
SELECT (SELECT true FROM {schema}.cancel_request c WHERE c.bucket = $1::int LIMIT 1) IS NOT NULL AS asked
