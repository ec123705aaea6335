-- What a tracer that is not in use yet said of runs. Apart from attributions, so that nothing that reads those can take
-- it for a blame. The row saved last wins.
CREATE TABLE IF NOT EXISTS shadow_attributions
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    tracer LowCardinality(String),
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
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6),
    INDEX saved_at saved_at TYPE minmax
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id, tracer, strategy_version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What was attributed lately is looked for by when it was saved.
ALTER TABLE attributions ADD INDEX IF NOT EXISTS saved_at saved_at TYPE minmax;
