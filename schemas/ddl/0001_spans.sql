-- Spans as delivered: the source of truth, immutable. A span sent twice is two rows until a merge; every read
-- takes the newest row of a span_id.
--
-- Partitioned by month of arrival: what a span says about its own time cannot open partitions, and arrival times
-- prune whole parts when the analyzer asks what is new.
-- Times are the unsigned nanoseconds of the wire, exact over their whole range; start_time and end_time show them.
--
-- A trace's rows lie together, in small granules and small compressed blocks, so that one trace is one short read.
-- attribute_types says what each attribute was, one letter each in the order of the map (s text, n number, b boolean,
-- 0 null, j JSON); an empty one says that all are text. A capital letter, and a leading @ in events, links and reading,
-- say that what stands there is a reference into contents.
-- dialect to conversation_id say what the span was read as when it arrived, for queries. Who reads the span reads it
-- anew, messages and all, unless it came with a reading of its own (reading is not empty then).
-- extra holds what hardly any span has: its trace state, and how much of it was dropped. Each column costs every read
-- of a trace something.
CREATE TABLE IF NOT EXISTS spans
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    name LowCardinality(String),
    kind Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5),
    start_unix_nano UInt64 CODEC(ZSTD(1)),
    end_unix_nano UInt64 CODEC(ZSTD(1)),
    start_time DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(toInt64(least(start_unix_nano, 9223372036854775807)), 'UTC'),
    end_time DateTime64(9, 'UTC') ALIAS fromUnixTimestamp64Nano(toInt64(least(end_unix_nano, 9223372036854775807)), 'UTC'),
    status_code Enum8('unset' = 0, 'ok' = 1, 'error' = 2),
    status_message String CODEC(ZSTD(1)),
    scope_name LowCardinality(String),
    scope_version LowCardinality(String),
    resource_attributes LowCardinality(String),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    attribute_types LowCardinality(String),
    events String CODEC(ZSTD(1)),
    links String CODEC(ZSTD(1)),
    extra String CODEC(ZSTD(1)),
    dialect LowCardinality(String),
    operation LowCardinality(String),
    agent LowCardinality(String),
    tool LowCardinality(String),
    model LowCardinality(String),
    input_tokens UInt64 CODEC(ZSTD(1)),
    output_tokens UInt64 CODEC(ZSTD(1)),
    conversation_id String CODEC(ZSTD(1)),
    reading String CODEC(ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') DEFAULT now64(6) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (project, trace_id, start_unix_nano, span_id)
SETTINGS index_granularity = 256, min_compress_block_size = 16384, max_compress_block_size = 65536,
    fsync_after_insert = 1, fsync_part_directory = 1;

-- Large texts of a trace's spans, each piece once: every model call of an agent repeats the conversation before it. A
-- node stands for its parent's text followed by its own, and is named by the hash of both, so the calls of a
-- conversation share all nodes but their last. Written before the spans that refer to it; a node written twice is the
-- same row twice until a merge.
--
-- No index of its words: it would cost as much as all the rest of storing a large text. A store that is searched more
-- than it is written to can have one, and searches use it:
-- ALTER TABLE contents ADD INDEX words lower(text) TYPE tokenbf_v1(16384, 3, 0)
CREATE TABLE IF NOT EXISTS contents
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    node FixedString(16) CODEC(NONE),
    parent FixedString(16) CODEC(ZSTD(1)),
    text String CODEC(ZSTD(1)),
    ingested_at DateTime64(6, 'UTC') DEFAULT now64(6) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toYYYYMM(ingested_at)
ORDER BY (project, trace_id, node)
SETTINGS index_granularity = 128, min_compress_block_size = 16384, max_compress_block_size = 65536,
    fsync_after_insert = 1, fsync_part_directory = 1;
