-- What went wrong in a failed run, where its reason is a replay's sentence and says only that a step decides. Empty where
-- the reason says it, and in rows of before. What failures are grouped by.
ALTER TABLE runs ADD COLUMN IF NOT EXISTS mistake String CODEC(ZSTD(3)) AFTER reason;
