-- Who acted after whom: source, target, how often, and of that how often at or after the blamed step of a failed run.
-- Empty in rows of before.
ALTER TABLE runs ADD COLUMN IF NOT EXISTS handoffs Array(Tuple(LowCardinality(String), LowCardinality(String), UInt32, UInt32)) AFTER agents;
