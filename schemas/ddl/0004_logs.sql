-- Log records of traces as delivered. Many SDKs send the content of a model call as one: it is joined to its span, by
-- trace_id and span_id, whenever the span is read. log_id is the same for a record sent again, which is two rows until
-- a merge; every read takes one of them.
--
-- body, attributes and resource_attributes are JSON, so that every value keeps its type.
--
-- An agent's log records repeat its whole conversation at every call. Ordered by what they say, the copies lie side by
-- side and compress to next to nothing.
CREATE TABLE IF NOT EXISTS logs
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    log_id String CODEC(ZSTD(1)),
    position UInt32 CODEC(ZSTD(1)),
    time_unix_nano UInt64 CODEC(ZSTD(1)),
    severity_number UInt8 CODEC(ZSTD(1)),
    severity_text LowCardinality(String),
    event_name LowCardinality(String),
    body String CODEC(ZSTD(3)),
    scope_name LowCardinality(String),
    scope_version LowCardinality(String),
    resource_attributes String CODEC(ZSTD(3)),
    attributes String CODEC(ZSTD(3)),
    dropped_attributes_count UInt32 CODEC(ZSTD(1)),
    content UInt64 MATERIALIZED cityHash64(body, attributes) CODEC(ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') DEFAULT now64(6) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (project, trace_id, content, span_id, time_unix_nano, log_id)
SETTINGS index_granularity = 256, min_compress_block_size = 16384, max_compress_block_size = 65536,
    fsync_after_insert = 1, fsync_part_directory = 1;
