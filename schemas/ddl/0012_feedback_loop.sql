-- Runs that are rounds of a self-correction loop say which. Empty in rows of before and in runs of no loop.
ALTER TABLE runs ADD COLUMN IF NOT EXISTS loop_id String CODEC(ZSTD(1)) AFTER output_tokens;
ALTER TABLE runs ADD COLUMN IF NOT EXISTS loop_round UInt32 AFTER loop_id;
ALTER TABLE runs ADD COLUMN IF NOT EXISTS loop_task_id String CODEC(ZSTD(1)) AFTER loop_round;

-- Which run was told what broke another one. The row saved last wins.
CREATE TABLE IF NOT EXISTS feedback_applied
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    applied_in String CODEC(ZSTD(1)),
    told Array(LowCardinality(String)),
    agent LowCardinality(Nullable(String)),
    step Nullable(UInt32),
    told_by LowCardinality(String),
    at DateTime64(3, 'UTC'),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id, applied_in)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
