-- What changed last is looked for by when it was saved, about once a second while somebody watches.
ALTER TABLE attributions ADD INDEX IF NOT EXISTS saved_at saved_at TYPE minmax;
ALTER TABLE alert_events ADD INDEX IF NOT EXISTS saved_at saved_at TYPE minmax;
ALTER TABLE run_groups ADD INDEX IF NOT EXISTS saved_at saved_at TYPE minmax;
ALTER TABLE group_states ADD INDEX IF NOT EXISTS saved_at saved_at TYPE minmax;
ALTER TABLE comments ADD INDEX IF NOT EXISTS saved_at saved_at TYPE minmax;

-- Replays that were asked for over the API, and how far they are: so that any collector can answer for them. The row
-- saved last wins; a job that ended is kept for some days, what it found is in replays and annotations.
CREATE TABLE IF NOT EXISTS replay_jobs
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    job_id String CODEC(ZSTD(1)),
    step UInt32,
    correction Nullable(String) CODEC(ZSTD(3)),
    tool_calls String CODEC(ZSTD(3)),
    k Nullable(UInt32),
    state LowCardinality(String),
    replays UInt32,
    most_replays UInt32,
    verdict String CODEC(ZSTD(3)),
    error String CODEC(ZSTD(3)),
    asked_by LowCardinality(String),
    created_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC'),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6),
    INDEX saved_at saved_at TYPE minmax
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, trace_id, job_id)
TTL toDateTime(saved_at) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
