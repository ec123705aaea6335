-- What is known about a run beside its spans. Narrow tables, one row a key: the row saved last wins.
CREATE TABLE IF NOT EXISTS outcomes
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    reported_by LowCardinality(String),
    outcome LowCardinality(String),
    score Nullable(Float64),
    feedback String CODEC(ZSTD(3)),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6),
    INDEX saved_at saved_at TYPE minmax
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id, reported_by)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS attributions
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    strategy LowCardinality(String),
    strategy_version LowCardinality(String),
    status LowCardinality(String),
    cause LowCardinality(Nullable(String)),
    answered_by LowCardinality(String),
    agent LowCardinality(Nullable(String)),
    step Nullable(UInt32),
    reason String CODEC(ZSTD(3)),
    confidence Float64,
    model LowCardinality(String),
    input_tokens UInt64,
    output_tokens UInt64,
    duration_ms Float64,
    created_at DateTime64(3, 'UTC'),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id, strategy, strategy_version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Derived from spans, outcomes, attributions and annotations, and rebuilt from them at any time.
CREATE TABLE IF NOT EXISTS runs
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    task String CODEC(ZSTD(3)),
    source LowCardinality(String),
    outcome LowCardinality(String),
    score Nullable(Float64),
    settled Bool,
    agents Array(LowCardinality(String)),
    steps UInt32,
    blamed_agent LowCardinality(Nullable(String)),
    blamed_step Nullable(UInt32),
    confidence Nullable(Float64),
    strategy LowCardinality(String),
    reason String CODEC(ZSTD(3)),
    status LowCardinality(String),
    replay_of String CODEC(ZSTD(1)),
    started_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'),
    input_tokens UInt64,
    output_tokens UInt64,
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;

-- Runs by when they started, narrow: what lists and counts over a time read. Written with runs and rebuilt from them at
-- any time. A run whose start moved leaves its old row behind, marked as gone.
CREATE TABLE IF NOT EXISTS run_times
(
    project LowCardinality(String),
    started_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    outcome LowCardinality(String),
    blamed_agent LowCardinality(Nullable(String)),
    confidence Nullable(Float64),
    status LowCardinality(String),
    source LowCardinality(String),
    settled Bool,
    replay Bool,
    gone Bool,
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, started_at, trace_id)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;
