-- Versions of training sets: the card of each as JSON. Records are files, not rows. The row saved last wins.
CREATE TABLE IF NOT EXISTS datasets
(
    project LowCardinality(String),
    name String CODEC(ZSTD(1)),
    version UInt32,
    hash String CODEC(ZSTD(1)),
    created_at DateTime64(3, 'UTC'),
    card String CODEC(ZSTD(3)),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, name, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
