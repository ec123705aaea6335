-- Which failure group a run's blame belongs to, and what made it belong there: shape is the normalised reason. Derived
-- from runs; run_saved_at says from which row of the run: the newest wins, whoever looked at it and when. Whoever reads
-- it looks at the run itself as well.
CREATE TABLE IF NOT EXISTS run_groups
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    group_id LowCardinality(String),
    agent LowCardinality(String),
    kind LowCardinality(String),
    shape String CODEC(ZSTD(3)),
    run_saved_at DateTime64(6, 'UTC'),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(run_saved_at)
ORDER BY (project, trace_id)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- What people, and a failure that came back, made of a group. A row a change: the newest is the state.
CREATE TABLE IF NOT EXISTS group_states
(
    project LowCardinality(String),
    group_id String,
    state LowCardinality(String),
    changed_by LowCardinality(String),
    note String CODEC(ZSTD(3)),
    at DateTime64(3, 'UTC'),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, group_id, at, changed_by)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- New runs are looked for by when they were saved.
ALTER TABLE runs ADD INDEX IF NOT EXISTS saved_at saved_at TYPE minmax;

-- What the blamed step was: a tool call, a hand-off, the final answer, a message. Empty in rows of before.
ALTER TABLE runs ADD COLUMN IF NOT EXISTS blamed_kind LowCardinality(String) AFTER blamed_step;
