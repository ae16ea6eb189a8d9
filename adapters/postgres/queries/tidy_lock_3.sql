-- Keeps everybody out of a slot of ready, if nobody is in it now.
LOCK TABLE {schema}.ready_3 IN ACCESS EXCLUSIVE MODE NOWAIT
