-- Keeps slots of ready from being freed. Takes no snapshot, so it comes before the transaction's.
LOCK TABLE {schema}.ready IN ACCESS SHARE MODE
