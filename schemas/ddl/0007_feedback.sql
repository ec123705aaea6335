-- What people keep and say. The row saved last wins; a deleted one stays as a mark.
CREATE TABLE IF NOT EXISTS saved_queries
(
    project LowCardinality(String),
    name String,
    about String CODEC(ZSTD(3)),
    filter String CODEC(ZSTD(3)),
    since LowCardinality(String),
    changed_by LowCardinality(String),
    changed_at DateTime64(3, 'UTC'),
    deleted Bool,
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS comments
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    comment_id String CODEC(ZSTD(1)),
    author LowCardinality(String),
    text String CODEC(ZSTD(3)),
    step Nullable(UInt32),
    at DateTime64(3, 'UTC'),
    deleted Bool,
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id, comment_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
