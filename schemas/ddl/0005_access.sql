-- Who may come in. The row saved last wins; a revoked key stays, so that a store that once had keys keeps asking for one.
CREATE TABLE IF NOT EXISTS api_keys
(
    project LowCardinality(String),
    key_id String,
    key_hash FixedString(64),
    scopes Array(LowCardinality(String)),
    name String,
    requests_per_second Nullable(Float64),
    spans_per_second Nullable(Float64),
    spans_per_day Nullable(UInt64),
    created_at DateTime64(3, 'UTC'),
    revoked_at Nullable(DateTime64(3, 'UTC')),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY key_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What each key has sent, by UTC day and by the collector that took it: a row holds that collector's whole count of the
-- day, so saving it twice changes nothing.
CREATE TABLE IF NOT EXISTS key_usage
(
    project LowCardinality(String),
    key_id String,
    day Date,
    collector String,
    requests UInt64,
    spans UInt64,
    last_used_at DateTime64(3, 'UTC'),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, key_id, day, collector)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Traces whose rows are to go, by the batch that removes them. Kept for some days: what arrives late for a deleted trace
-- goes as well.
CREATE TABLE IF NOT EXISTS deletions
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    batch String,
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id)
TTL toDateTime(saved_at) + INTERVAL 7 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
